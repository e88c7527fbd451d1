"""A ledger's tree as files that any static web server or object store can serve: C2SP tlog-tiles.

::

    DIR/checkpoint                          the newest signed note; the only file that is ever replaced
    DIR/tile/<level>/<number>[.p/<width>]   hashes, see ledger.tiles
    DIR/tile/entries/<number>[.p/<width>]   the leaves whose hashes those of level 0 are
    DIR/.aims-tiles                         says whose tree this is, and is locked while it is written
    DIR/.incoming/                          files being written; gone when no export is running

`source` reads a ledger's tree so that nothing unsigned gets into it, `ownership` says whose tree a folder holds,
`folder` writes it so that a crash leaves it valid, `exporting` brings it up to date with these three. `verifying`
checks one that somebody else wrote, file by file with `walk`. `files` is what both sides know about files.
"""

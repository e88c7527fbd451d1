"""Witnesses, C2SP tlog-witness: asking one for a cosignature (`client`), and being one (`witness`, `server`).

A witness remembers the newest checkpoint that it cosigned of each log and cosigns another only after a proof that
that one is its beginning. So a ledger that shows different histories to different people needs every witness of the
quorum to help. The exchange is one POST to ``<prefix>/add-checkpoint``; its body is the consistency proof file of
`ledger.proof_file`, its answer the signature lines of `ledger.cosignature`.
"""

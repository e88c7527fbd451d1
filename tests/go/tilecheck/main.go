// Tilecheck judges a tile tree with code that nobody of this project wrote: the fsck of Tessera, and the
// packages note and tlog of Go's checksum database.
//
//	tilecheck fsck VKEY DIR          every bundle and tile, read as files
//	tilecheck serve VKEY DIR         the same, read from a static web server
//	tilecheck prove VKEY DIR [NOTE]  an inclusion proof of every entry, and a consistency proof from each
//	                                 older checkpoint NOTE, made from the tiles and checked
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: tilecheck fsck|serve|prove VKEY DIR [NOTE...]")
	}
	verifier, err := note.NewVerifier(os.Args[2])
	if err != nil {
		log.Fatalf("verifier key: %v", err)
	}
	dir := os.Args[3]
	switch os.Args[1] {
	case "fsck":
		err = check(verifier, client.FileFetcher{Root: dir})
	case "serve":
		err = checkServed(verifier, dir)
	case "prove":
		err = prove(verifier, dir, os.Args[4:])
	default:
		log.Fatalf("unknown command %q", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

func check(verifier note.Verifier, from fsck.Fetcher) error {
	if err := fsck.New(verifier.Name(), verifier, from, leafHashes, fsck.Opts{N: 2}).Check(context.Background()); err != nil {
		return fmt.Errorf("fsck: %w", err)
	}
	fmt.Println("fsck: sound")
	return nil
}

func checkServed(verifier note.Verifier, dir string) error {
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	root, err := url.Parse(server.URL)
	if err != nil {
		return err
	}
	fetcher, err := client.NewHTTPFetcher(root, server.Client())
	if err != nil {
		return err
	}
	return check(verifier, fetcher)
}

func leafHashes(bundle []byte) ([][]byte, error) {
	var parsed api.EntryBundle
	if err := parsed.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(parsed.Entries))
	for _, entry := range parsed.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func prove(verifier note.Verifier, dir string, older []string) error {
	tree, err := readTree(verifier, filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	// The reader checks every tile it is given against the tree's hash.
	hashes := tlog.TileHashReader(tree, tiles{dir})
	for n := range tree.N {
		entry, err := readEntry(dir, tree.N, n)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, n, hashes)
		if err != nil {
			return fmt.Errorf("proving entry %d: %w", n, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
	}
	for _, name := range older {
		old, err := readTree(verifier, name)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		if err != nil {
			return fmt.Errorf("proving size %d: %w", old.N, err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return fmt.Errorf("size %d: %w", old.N, err)
		}
	}
	fmt.Printf("proved: %d entries, %d older checkpoints\n", tree.N, len(older))
	return nil
}

func readTree(verifier note.Verifier, name string) (tlog.Tree, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("%s: %w", name, err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("%s: not a checkpoint of %s", name, verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func readEntry(dir string, size, n int64) ([]byte, error) {
	width := min(size-n/256*256, 256)
	data, err := os.ReadFile(filepath.Join(dir, path("entries", n/256, width)))
	if err != nil {
		return nil, err
	}
	in := bytes.NewReader(data)
	for i := n / 256 * 256; ; i++ {
		var length uint16
		if err := binary.Read(in, binary.BigEndian, &length); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
		entry := make([]byte, length)
		if _, err := in.Read(entry); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
		if i == n {
			return entry, nil
		}
	}
}

func path(level string, number, width int64) string {
	name := fmt.Sprintf("%03d", number%1000)
	for number /= 1000; number > 0; number /= 1000 {
		name = fmt.Sprintf("x%03d/%s", number%1000, name)
	}
	if width < 256 {
		name = fmt.Sprintf("%s.p/%d", name, width)
	}
	return "tile/" + level + "/" + name
}

// tiles reads tlog-tiles files for tlog, whose own paths have the height in them.
type tiles struct{ dir string }

func (t tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, 0, len(wanted))
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.dir, path(strconv.Itoa(tile.L), tile.N, int64(tile.W))))
		if err != nil {
			return nil, err
		}
		read = append(read, data)
	}
	return read, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

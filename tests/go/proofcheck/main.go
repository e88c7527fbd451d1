// Proofcheck judges receipts, consistency proofs and cosignatures with code that nobody of this project wrote:
// the formats, merkle and note packages of transparency-dev and Go, and torchwood and ML-DSA of filippo.io.
//
//	proofcheck receipt POLICY VKEY FILE         a tlog-proof whose extra data is the entry; prints its index and size
//	proofcheck spicy POLICY FILE                the same tlog-proof, its policy with groups, by torchwood
//	proofcheck growth VKEY NOTE FILE            an add-checkpoint body that leads from the checkpoint NOTE
//	proofcheck key NAME                         a new ML-DSA-44 cosigner: its private and its verifier key
//	proofcheck cosign SKEY NOTE                 the line of that cosigner, or of an Ed25519 one, on a checkpoint
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"strings"

	"filippo.io/torchwood"
	checkpoints "github.com/transparency-dev/formats/log"
	cosignatures "github.com/transparency-dev/formats/note"
	proofs "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/formats/witness"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var arguments = map[string]int{"receipt": 3, "spicy": 2, "growth": 3, "key": 1, "cosign": 2}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 || len(os.Args)-2 != arguments[os.Args[1]] || len(os.Args) == 2 {
		log.Fatal("usage: proofcheck receipt|spicy|growth|key|cosign ARGUMENTS")
	}
	var err error
	given := os.Args[2:]
	switch os.Args[1] {
	case "receipt":
		err = receipt(given[0], given[1], given[2])
	case "spicy":
		err = spicy(given[0], given[1])
	case "growth":
		err = growth(given[0], given[1], given[2])
	case "key":
		err = key(given[0])
	case "cosign":
		err = cosign(given[0], given[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

func receipt(policyFile, vkey, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var read proofs.TLogProof
	if err := read.Unmarshal(data); err != nil {
		return err
	}
	if again := read.Marshal(); !bytes.Equal(again, data) {
		return fmt.Errorf("written again, it is another file")
	}
	checkpoint, err := open(vkey, read.Checkpoint)
	if err != nil {
		return err
	}
	policy, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	quorum, err := witness.ParsePolicy(policy)
	if err != nil {
		return err
	}
	if !quorum.Satisfied(read.Checkpoint) {
		return fmt.Errorf("quorum not met")
	}
	path := make([][]byte, len(read.Hashes))
	for i := range read.Hashes {
		path[i] = read.Hashes[i][:]
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(read.ExtraData)
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, read.Index, checkpoint.Size, leaf, path, checkpoint.Hash); err != nil {
		return err
	}
	fmt.Println(read.Index, checkpoint.Size)
	return nil
}

func spicy(policyFile, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var read proofs.TLogProof
	if err := read.Unmarshal(data); err != nil {
		return err
	}
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	policy, err := torchwood.ParsePolicy(text)
	if err != nil {
		return err
	}
	return torchwood.VerifyProof(policy, tlog.RecordHash(read.ExtraData), data)
}

func growth(vkey, oldFile, file string) error {
	oldNote, err := os.ReadFile(oldFile)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, err := open(vkey, oldNote)
	if err != nil {
		return err
	}
	head, newNote, found := bytes.Cut(data, []byte("\n\n"))
	if !found {
		return fmt.Errorf("no empty line")
	}
	after, err := open(vkey, newNote)
	if err != nil {
		return err
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != fmt.Sprintf("old %d", before.Size) {
		return fmt.Errorf("first line %q", lines[0])
	}
	var path [][]byte
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	hasher := rfc6962.DefaultHasher
	if err := proof.VerifyConsistency(hasher, before.Size, after.Size, path, before.Hash, after.Hash); err != nil {
		return err
	}
	fmt.Println(before.Size, after.Size)
	return nil
}

func key(name string) error {
	private, public, err := cosignatures.GenerateMLDSAKey(name)
	if err != nil {
		return err
	}
	fmt.Println(private)
	fmt.Println(public)
	return nil
}

func cosign(private, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	signer, err := cosignatures.NewSignerForCosignatureV1(private)
	if err != nil {
		return err
	}
	text, _, found := bytes.Cut(data, []byte("\n\n"))
	if !found {
		return fmt.Errorf("no empty line")
	}
	signed, err := note.Sign(&note.Note{Text: string(text) + "\n"}, signer)
	if err != nil {
		return err
	}
	_, line, _ := bytes.Cut(signed, []byte("\n\n"))
	_, err = os.Stdout.Write(line)
	return err
}

func open(vkey string, data []byte) (*checkpoints.Checkpoint, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	checkpoint, rest, _, err := checkpoints.ParseCheckpoint(data, verifier.Name(), verifier)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes of extension lines", len(rest))
	}
	return checkpoint, err
}

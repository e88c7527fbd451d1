// Witnesscheck is a witness and a log that ask and answer ours, made of packages that nobody of this project wrote:
// the witness of transparency-dev, with its HTTP handler and its client.
//
//	witnesscheck serve LOGVKEY SKEY...     a witness of that log; prints its address and verifier keys, and serves
//	                                       until its standard input ends
//	witnesscheck key NAME                  a new ML-DSA-44 cosigner: its private and its verifier key
//	witnesscheck ask URL BODY VKEY...      sends an add-checkpoint body to the witness at URL; prints who cosigned,
//	                                       each verified, and when, or the error
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	cosignatures "github.com/transparency-dev/formats/note"
	client "github.com/transparency-dev/witness/client/http"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	log.SetFlags(0)
	var err error
	switch {
	case len(os.Args) >= 4 && os.Args[1] == "serve":
		err = serve(os.Args[2], os.Args[3:])
	case len(os.Args) == 3 && os.Args[1] == "key":
		err = key(os.Args[2])
	case len(os.Args) >= 5 && os.Args[1] == "ask":
		err = ask(os.Args[2], os.Args[3], os.Args[4:])
	default:
		err = fmt.Errorf("usage: witnesscheck serve|key|ask ARGUMENTS")
	}
	if err != nil {
		log.Fatal(err)
	}
}

func serve(logKey string, private []string) error {
	verifier, err := note.NewVerifier(logKey)
	if err != nil {
		return err
	}
	var signers []note.Signer
	for _, text := range private {
		signer, err := cosignatures.NewSignerForCosignatureV1(text)
		if err != nil {
			return err
		}
		signers = append(signers, signer)
	}
	known := func(_ context.Context, origin string) (note.Verifier, bool, error) {
		return verifier, origin == verifier.Name(), nil
	}
	options := witness.Opts{Persistence: inmemory.New(), Signers: signers, VerifierForLog: known}
	theirs, err := witness.New(context.Background(), options)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", witness.NewHTTPHandler(theirs).AddCheckpoint)
	fmt.Printf("http://%s\n", listener.Addr())
	go func() { log.Fatal(http.Serve(listener, mux)) }()
	_, err = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
	return err
}

func key(name string) error {
	private, public, err := cosignatures.GenerateMLDSAKey(name)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n%s\n", private, public)
	return nil
}

func ask(address, file string, keys []string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, checkpoint, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	old, err := strconv.ParseUint(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil || !found {
		return fmt.Errorf("no add-checkpoint body: %v", err)
	}
	var proof [][]byte
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	where, err := url.Parse(address)
	if err != nil {
		return err
	}
	signatures, size, err := client.NewWitness(where, http.DefaultClient).Update(context.Background(), old, checkpoint, proof)
	if err != nil {
		fmt.Printf("%v, size %d\n", err, size)
		return nil
	}
	var verifiers []note.Verifier
	for _, text := range keys {
		verifier, err := cosignatures.NewVerifierForCosignatureV1(text)
		if err != nil {
			return err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(append(checkpoint, signatures...), note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	for _, signature := range opened.Sigs {
		time, err := cosignatures.CoSigV1Timestamp(signature)
		if err != nil {
			return err
		}
		fmt.Println(signature.Name, time.Unix())
	}
	return nil
}

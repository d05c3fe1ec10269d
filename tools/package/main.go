// Command package assembles what is published to Azure: go run ./tools/package from the root of the repository fills
// dist/ (for func azure functionapp publish and azd) and writes dist.zip (the same package, the same bytes each time).
//
// Start reading at the package pack.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/vaultwatch/vaultwatch/tools/package/pack"
)

func main() {
	var o pack.Options
	flag.StringVar(&o.Root, "root", ".", "root of the repository: host.json, functions/ and the Go module")
	flag.StringVar(&o.Main, "main", "./handler", "the Go package to build, relative to the root")
	flag.StringVar(&o.Dist, "dist", "dist", "folder to fill; an earlier package in it is replaced")
	flag.StringVar(&o.Zip, "zip", "dist.zip", "zip file to write; empty for none")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

func run(o pack.Options) error {
	if err := pack.Assemble(o); err != nil {
		return err
	}
	fmt.Printf("%s: ready to publish\n", o.Dist)
	if o.Zip == "" {
		return nil
	}
	contents, err := pack.Verify(o.Zip)
	if err != nil {
		return fmt.Errorf("the zip is not what the host expects: %w", err)
	}
	fmt.Printf("%s: %s and %d functions, sha256 %s\n", o.Zip, contents.Executable, len(contents.Functions), contents.SHA256)
	return nil
}

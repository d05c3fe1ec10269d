// Command bicepcheck checks infra/ without Azure: go run ./tools/bicepcheck from the root of the repository. It prints
// one line for each fault and exits with 1 if there is any. Where the bicep command is installed, it is run as well.
//
// It needs Node.js and the parsers of its package.json: npm ci --ignore-scripts in tools/bicepcheck. Start reading at
// the package check.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/vaultwatch/vaultwatch/tools/bicepcheck/check"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	workbook := flag.Bool("workbook", false, "copy the query files into the workbook's panels of the same name, and stop")
	flag.Parse()
	if err := run(*root, *workbook); err != nil {
		fmt.Fprintln(os.Stderr, "bicepcheck:", err)
		os.Exit(1)
	}
}

func run(root string, workbook bool) error {
	infra := filepath.Join(root, "infra")
	if workbook {
		return check.UpdateWorkbook(infra)
	}
	faults, err := check.Run(check.Options{
		Infra:     infra,
		Tools:     filepath.Join(root, "tools", "bicepcheck"),
		Example:   filepath.Join(root, "local.settings.json.example"),
		Functions: filepath.Join(root, "functions"),
	})
	if err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Println("infra/" + f.String())
	}
	if len(faults) > 0 {
		return fmt.Errorf("%d faults", len(faults))
	}
	return compile(infra)
}

// compile runs the real compiler if there is one. It sees what the parser cannot: types, and its own linter.
func compile(infra string) error {
	bicep, err := exec.LookPath("bicep")
	if err != nil {
		fmt.Println("infra: no fault found offline; bicep is not installed, so types were not checked")
		return nil
	}
	for _, args := range [][]string{
		{"lint", filepath.Join(infra, "main.bicep")},
		{"build", filepath.Join(infra, "main.bicep"), "--stdout"},
		{"build-params", filepath.Join(infra, "main.bicepparam"), "--stdout"},
	} {
		command := exec.Command(bicep, args...)
		command.Stderr = os.Stderr
		if err := command.Run(); err != nil {
			return fmt.Errorf("bicep %s: %w", args[0], err)
		}
	}
	return nil
}

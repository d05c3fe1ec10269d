package console

import (
	"encoding/csv"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// taken12 is an incident in which objects were taken, one refused, and one bears a name that no vault allows.
func taken12() notify.Incident {
	at := time.Date(2026, 3, 21, 3, 5, 0, 0, time.UTC)
	vault := "/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/kv-pay"
	touch := func(vault, name, operation string) detection.Touched {
		return detection.Touched{Vault: vault, Name: name, Operation: operation, Count: 1, First: at, Last: at}
	}
	return notify.Group([]detection.Alert{{ID: "a", Time: at, Vault: vault, Vaults: []string{vault}, MoreObjects: 3, Objects: []detection.Touched{
		touch(vault, "secrets/db-password", "SecretGet"), touch(vault, "secrets/never", "SecretGet (denied)"), touch(vault, "keys/sign", "KeyBackup"), touch(vault, "certificates/web", "CertificateBackup"),
		touch(vault, "secrets/x;$(rm -rf ~)\nrm -rf /", "SecretGet"), touch("/v/`reboot`", "secrets/a", "SecretGet"), touch(vault, "=HYPERLINK(\"http://evil.example\")", "SecretGet"),
	}}})[0]
}

// Ensure that the commands are a script that a shell can read, that every name in it is one that Azure allows, and that
// whatever else stands in a log is a comment of one line.
func TestCommandsAreSafe(t *testing.T) {
	list, more := toRotate(taken12())
	script := rotationShell(list, more)
	for _, want := range []string{"az keyvault secret set --vault-name kv-pay --name db-password --file new/kv-pay.db-password\n", "az keyvault key rotate --vault-name kv-pay --name sign\n", "az keyvault certificate create --vault-name kv-pay --name web", "# and 3 more"} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %q:\n%s", want, script)
		}
	}
	if strings.Contains(script, "never") {
		t.Error("the script rotates what was refused")
	}
	for _, line := range strings.Split(strings.TrimSpace(script), "\n") {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "az keyvault ") {
			t.Errorf("a line that is neither comment nor command: %q", line)
		}
		if !strings.HasPrefix(line, "#") && strings.ContainsAny(line, "$`;\\'\"") {
			t.Errorf("a command with something for the shell: %q", line)
		}
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh to read the script")
	}
	check := exec.Command(shell, "-n")
	check.Stdin = strings.NewReader(script)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sh cannot read the script: %v\n%s", err, out)
	}
}

// Ensure that the files of both lists are CSV in which no cell begins like a formula.
func TestFilesForSpreadsheets(t *testing.T) {
	list, _ := toRotate(taken12())
	w := tell(t, thief)
	for name, text := range map[string]string{"rotation": string(rotationCSV(list)), "alerts": w.get(t, "ui/alerts.csv", http.StatusOK)} {
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %d rows, %v", name, len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@|%\t\r", rune(cell[0])) {
					t.Errorf("%s: a cell like a formula: %q", name, cell)
				}
			}
		}
	}
}

// Ensure that the list in its three forms names the same objects as the incident's page.
func TestTheListToTakeAway(t *testing.T) {
	w := tell(t, thief)
	a := w.one(t, "KV_TORAccess")
	for _, kind := range []string{"txt", "sh", "csv"} {
		body := w.get(t, "ui/rotation."+kind+"?incident="+a.Incident, http.StatusOK)
		for _, want := range []string{"s01", "s12", "h4"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s", kind, want)
			}
		}
		if strings.Contains(body, "h9") {
			t.Errorf("%s names what was refused", kind)
		}
	}
	w.get(t, "ui/rotation?incident="+a.Incident+"&alert="+a.ID, http.StatusBadRequest)
	w.get(t, "ui/rotation.sh?alert=nothing", http.StatusNotFound)
}

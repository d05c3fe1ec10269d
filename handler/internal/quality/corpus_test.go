package quality

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// corpus finds the labelled corpus outside the project, or skips.
func corpus(t *testing.T) string {
	t.Helper()
	root := os.Getenv("VAULTWATCH_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "corpus", "dev")
	if _, err := os.Stat(filepath.Join(dir, "score.py")); err != nil {
		t.Skip("the labelled corpus is not here; set VAULTWATCH_SHARED to the folder that holds corpus/dev")
	}
	return dir
}

// imagine makes alerts of all sorts about labels: good ones, late ones, doubled, wrong, about nobody, about nothing.
func imagine(l month.Labels, seed uint64) []map[string]any {
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := []string{"KV_UserAnomaly", "KV_AppAnomaly", "KV_ListGetAnomaly", "KV_TORAccess", "KV_DeniedAccountVolumeAnomaly", "KV_AccountVolumeAnomaly", "KVX_Canary", "KV_OperationVolumeAnomaly", "KV_UserAccessDeniedAnomaly"}
	one := func(list []string) string {
		if len(list) == 0 || r.IntN(12) == 0 {
			return ""
		}
		return list[r.IntN(len(list))]
	}
	var out []map[string]any
	for _, e := range l.Episodes {
		for n := range 2 + 2*len(e.Must) {
			at := e.Start.Add(time.Duration(r.Float64() * float64(e.End.Sub(e.Start)+2*time.Hour)))
			a := map[string]any{"id": fmt.Sprintf("%s/%d", e.ID, n/2), "time": at.Format(time.RFC3339Nano), "type": kinds[r.IntN(len(kinds))],
				"vault": one(e.Vaults), "caller": one(e.Callers), "ip": one(e.Addresses), "application": one(e.Applications)}
			if n < len(e.Must) {
				q := e.Must[n]
				a["type"], a["vault"], a["caller"], a["time"] = one(q.Any), one(append(q.Vaults, e.Vaults...)), one(q.Callers), q.Decided.Add(time.Duration(r.IntN(5000))*time.Second).Format(time.RFC3339Nano)
			}
			if r.IntN(3) == 0 {
				a["vaults"] = e.Vaults
			}
			if r.IntN(9) == 0 {
				a["raised"] = at.Add(time.Hour).Format(time.RFC3339Nano)
			}
			if r.IntN(9) == 0 {
				a["also"] = []string{kinds[r.IntN(len(kinds))]}
			}
			if a["type"] != "" {
				out = append(out, a)
			}
		}
	}
	return out
}

// TestEqualsTheCorpusScorer holds every number against the scorer that comes with the labelled corpus.
func TestEqualsTheCorpusScorer(t *testing.T) {
	dir := corpus(t)
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 to run the corpus' scorer with")
	}
	ours, err := month.Make(month.Plan{Seed: 5, Pace: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "labels.json")
	text, _ := json.Marshal(ours.Labels())
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, labels := range []string{filepath.Join(dir, "labels.json"), file} {
		for seed := range uint64(2) {
			compare(t, comparison{python, filepath.Join(dir, "score.py"), labels, seed, seed == 1})
		}
	}
}

type comparison struct {
	python, scorer, labels string
	seed                   uint64
	generous               bool
}

func compare(t *testing.T, c comparison) {
	t.Helper()
	file, err := os.Open(c.labels)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	labels, err := ReadLabels(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	for _, a := range imagine(labels, c.seed) {
		json.NewEncoder(&lines).Encode(a)
	}
	findings, err := ReadFindings(bytes.NewReader(lines.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{c.scorer, c.labels, "-"}
	if c.generous {
		args = append(args, "--generous")
	}
	cmd := exec.Command(c.python, args...)
	cmd.Stdin = &lines
	printed, err := cmd.Output()
	if err != nil {
		t.Fatalf("score.py: %v", err)
	}
	var want, got map[string]any
	if err := json.Unmarshal(printed, &want); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(Judge(labels, findings, Options{Generous: c.generous}))
	json.Unmarshal(text, &got)
	for name, value := range want {
		if !alike(got[name], value) {
			t.Errorf("%s, seed %d, generous %t: %s is %v, the scorer says %v", filepath.Base(filepath.Dir(c.labels)), c.seed, c.generous, name, got[name], value)
		}
	}
}

// alike compares numbers up to the last digit that the scorer rounds to: it takes differences of floating seconds.
func alike(a, b any) bool {
	x, isNumber := a.(float64)
	y, also := b.(float64)
	if isNumber && also {
		return math.Abs(x-y) <= 1e-9+1e-4*math.Abs(y)
	}
	left, _ := json.Marshal(a)
	right, _ := json.Marshal(b)
	return bytes.Equal(left, right)
}

package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// Replays is how long the same replay took, by the clock, on one core and on two; the best of some runs in turn.
type Replays struct {
	Records, Alerts int
	One, Two        time.Duration
}

// Replay lets the program replay an invented log from a file in folder, in so many rounds. It fails if the alerts are not
// the same in the same order however many cores there are.
func Replay(program, folder string, plan month.Plan, rounds int) (Replays, error) {
	path := filepath.Join(folder, "log.ndjson")
	out, err := writeLog(path, plan)
	if err != nil {
		return out, err
	}
	var first []detection.Alert
	for range rounds {
		for i, best := range []*time.Duration{&out.One, &out.Two} {
			cores := i + 1
			alerts, took, err := replay(program, path, cores)
			if err != nil {
				return out, err
			}
			if first == nil {
				first = alerts
			}
			if !reflect.DeepEqual(first, alerts) {
				return out, fmt.Errorf("a replay on %d cores raised other alerts, or in another order", cores)
			}
			if *best == 0 || took < *best {
				*best = took
			}
		}
	}
	out.Alerts = len(first)
	return out, nil
}

func writeLog(path string, plan month.Plan) (out Replays, err error) {
	m, err := month.Make(plan)
	if err != nil {
		return out, err
	}
	f, err := os.Create(path)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	log := bufio.NewWriter(f)
	for message := range m.Messages() {
		out.Records += bytes.Count(message.Body, []byte(`"operationName"`))
		_, _ = log.Write(append(message.Body, '\n')) // Flush tells
	}
	return out, log.Flush()
}

// replay is one run. When an alert was seen is left out: that is the clock's.
func replay(program, path string, cores int) (alerts []detection.Alert, took time.Duration, err error) {
	c := exec.Command(program, "replay", "--json", path)
	c.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(cores))
	from := time.Now()
	said, err := c.Output()
	took = time.Since(from)
	if err != nil {
		return nil, 0, fmt.Errorf("replay on %d cores: %w", cores, err)
	}
	for lines := json.NewDecoder(bytes.NewReader(said)); lines.More(); {
		var a detection.Alert
		if err := lines.Decode(&a); err != nil {
			return nil, 0, fmt.Errorf("read what a replay raised: %w", err)
		}
		a.Seen = time.Time{}
		alerts = append(alerts, a)
	}
	return alerts, took, nil
}

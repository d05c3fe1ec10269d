package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
)

// peak is the most memory a process took that did the whole job for an estate.
type peak struct {
	vaults, days int
	kib          int
}

// peaks lets processes of their own judge logs that this one makes, since what makes them takes memory, too.
func peaks() ([]peak, error) {
	var out []peak
	for _, p := range []peak{{vaults: 10, days: 14}, {vaults: 100, days: 7}, {vaults: 100, days: 28}} {
		kib, err := peakOf(p.vaults, p.days)
		if err != nil {
			return nil, fmt.Errorf("measure the memory for %d vaults: %w", p.vaults, err)
		}
		p.kib = kib
		out = append(out, p)
	}
	return out, nil
}

func peakOf(vaults, days int) (kib int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	c := exec.Command(self, "-peak")
	c.Stderr = os.Stderr
	var told strings.Builder
	c.Stdout = &told
	to, err := c.StdinPipe()
	if err != nil {
		return 0, err
	}
	if err := c.Start(); err != nil {
		return 0, err
	}
	fed := feed(to, vaults, days)
	if err := errors.Join(fed, to.Close(), c.Wait()); err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(told.String(), &kib)
	return kib, err
}

// feed writes the bodies, each behind its length.
func feed(to io.Writer, vaults, days int) error {
	for i, err := range bench.Invocations(bench.Attacked(vaults, days)) {
		if err != nil {
			return err
		}
		if _, err := to.Write(binary.BigEndian.AppendUint32(nil, uint32(len(i.Binary)))); err != nil {
			return err
		}
		if _, err := to.Write(i.Binary); err != nil {
			return err
		}
	}
	return nil
}

// tellPeak is the child: it judges all bodies and prints the most memory it ever took. What the system tells of a child
// from outside counts its parent's memory in.
func tellPeak(from io.Reader) error {
	debug.SetGCPercent(pipeline.CollectorPace)
	take, err := bench.WholeJob()
	if err != nil {
		return err
	}
	for {
		var size uint32
		if err := binary.Read(from, binary.BigEndian, &size); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(from, body); err != nil {
			return err
		}
		if _, err := take(body); err != nil {
			return err
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fmt.Errorf("only Linux tells a process how much memory it took at most: %w", err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib := 0
	if _, err := fmt.Sscan(after, &kib); err != nil {
		return fmt.Errorf("read VmHWM: %w", err)
	}
	fmt.Println(kib)
	return nil
}

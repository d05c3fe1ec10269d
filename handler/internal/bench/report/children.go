package main

import (
	"encoding/gob"
	"errors"
	"fmt"
	"os"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

func writeLoad(path string, l *bench.Load) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(l), f.Close())
}

// takeOnce is the child: it takes one contestant over a load, or only gets it ready.
func takeOnce(name, path string, idle bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var l bench.Load
	if err := gob.NewDecoder(f).Decode(&l); err != nil {
		return fmt.Errorf("read the load: %w", err)
	}
	if idle {
		l.Hot = nil
	}
	for _, c := range bench.Contestants() {
		if key(c) == name {
			_, err := c.Lap(&l, func() {}, func() {})
			return err
		}
	}
	return fmt.Errorf("there is no contestant %q", name)
}

// walkOnce is the child that lets an estate grow up and speak on.
func walkOnce(text string, idle bool) error {
	var e bench.Estate
	if _, err := fmt.Sscanf(text, estateForm, &e.Vaults, &e.Principals, &e.Days, &e.Daily); err != nil {
		return fmt.Errorf("read the estate %q: %w", text, err)
	}
	return e.Walk(idle)
}

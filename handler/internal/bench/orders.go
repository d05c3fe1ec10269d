package bench

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/go-json-experiment/json/jsontext"
)

// Orders of members. What [month] writes is the service's order of today; records of 2016 name the same members in
// another, and whatever keeps objects in maps on the way (a forwarder, a script) sorts them. Each vault has one writer,
// and messages mix vaults, so that orders change from record to record.
const (
	today = iota
	early
	sorted
)

// earlyEnvelope and earlyProperties are the orders of 2016, as Microsoft's page about the log still shows them.
var (
	earlyEnvelope = strings.Fields("time resourceId operationName operationVersion category resultType resultSignature " +
		"resultDescription durationMs callerIpAddress correlationId identity properties")
	earlyProperties = strings.Fields("clientInfo requestUri id httpStatusCode")
)

// orderOf gives an eighth of the vaults each other order, by a hash of the resource's id: the same on every machine.
func orderOf(resource []byte) int {
	switch xxhash.Sum64(resource) % 8 {
	case 1:
		return early
	case 7:
		return sorted
	}
	return today
}

// spell writes a record down again in the order of its vault's writer.
func spell(record []byte) ([]byte, error) {
	all, err := membersOf(record)
	if err != nil {
		return nil, err
	}
	switch orderOf(all.value("resourceId")) {
	case early:
		return all.early()
	case sorted:
		v := jsontext.Value(bytes.Clone(record))
		err := v.Canonicalize()
		return v, err
	}
	return record, nil
}

type member struct {
	name  string
	value []byte
}

type members []member

// membersOf takes an object apart.
func membersOf(object []byte) (all members, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(object))
	if _, err := d.ReadToken(); err != nil {
		return nil, fmt.Errorf("take a record apart: %w", err)
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("take a record apart: %w", err)
		}
		m := member{name: name.String()}
		value, err := d.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("take a record apart, %s: %w", m.name, err)
		}
		m.value = bytes.Clone(value)
		all = append(all, m)
	}
	return all, nil
}

func (all members) value(name string) []byte {
	for _, m := range all {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// early writes a record in the order of 2016.
func (all members) early() ([]byte, error) {
	for i, m := range all {
		if m.name != "properties" {
			continue
		}
		inner, err := membersOf(m.value)
		if err != nil {
			return nil, err
		}
		all[i].value = inner.write(earlyProperties)
	}
	return all.write(earlyEnvelope), nil
}

// write writes the members in that order; those not named follow as they stood.
func (all members) write(order []string) []byte {
	place := func(m member) int {
		if i := slices.Index(order, m.name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(all, func(a, b member) int { return place(a) - place(b) })
	out := []byte{'{'}
	for i, m := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, "%q:", m.name)
		out = append(out, m.value...)
	}
	return append(out, '}')
}

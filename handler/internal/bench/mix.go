package bench

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// Mix is how varied the measured half of a load is: numbers of different ones.
type Mix struct {
	Vaults, Callers, Addresses, Agents, Operations, Objects int
	// Shapes are the different lists of members at a record's top and in its properties, Orders those of the top.
	Shapes, Orders int
	// Reordered is the share of records whose members do not stand in the service's order of today.
	Reordered float64
}

// Mix counts.
func (l *Load) Mix() (Mix, error) {
	m := mixer{seen: map[string]map[string]bool{}, parser: audit.NewParser(audit.Limits{})}
	for _, i := range l.Hot {
		batch, err := invoke.DecodeBatch(i.Binary)
		if err != nil {
			return Mix{}, fmt.Errorf("count what the load holds: %w", err)
		}
		for _, e := range batch.Events {
			if err := m.message(e.Body); err != nil {
				return Mix{}, fmt.Errorf("count what the load holds: %w", err)
			}
		}
	}
	n := func(kind string) int { return len(m.seen[kind]) }
	return Mix{Vaults: n("vault"), Callers: n("caller"), Addresses: n("address"), Agents: n("agent"), Operations: n("operation"),
		Objects: n("object"), Shapes: n("shape"), Orders: n("order"), Reordered: float64(m.reordered) / float64(max(1, m.records))}, nil
}

type mixer struct {
	parser             *audit.Parser
	seen               map[string]map[string]bool
	records, reordered int
}

func (m *mixer) note(kind, value string) {
	if m.seen[kind] == nil {
		m.seen[kind] = map[string]bool{}
	}
	if value != "" {
		m.seen[kind][value] = true
	}
}

func (m *mixer) message(body []byte) error {
	records, _ := m.parser.Body(body, nil)
	for _, r := range records {
		m.note("vault", r.Vault)
		m.note("caller", r.Caller.ID)
		m.note("address", r.Address.String())
		m.note("agent", r.Agent)
		m.note("operation", r.Operation)
		if r.Object.Name != "" {
			m.note("object", r.Vault+" "+r.Object.String())
		}
	}
	for _, text := range recordsOf(body) {
		if err := m.shape(text); err != nil {
			return err
		}
	}
	return nil
}

func (m *mixer) shape(record []byte) error {
	all, err := membersOf(record)
	if err != nil {
		return err
	}
	m.records++
	if orderOf(all.value("resourceId")) != today {
		m.reordered++
	}
	top := names(all)
	m.note("order", top)
	inner, err := membersOf(all.value("properties"))
	m.note("shape", top+";"+names(inner))
	return err
}

func names(all members) (out string) {
	for _, m := range all {
		out += m.name + " "
	}
	return out
}

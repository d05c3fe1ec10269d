// Package flame draws a processor profile as a flame graph that can be looked at in a page: one SVG, in which each frame
// is as wide as its share of the time and hangs below its caller, in the colour of the room it belongs to.
//
// It refuses scripts, so that the picture works as an image, and frames too narrow to be seen. Every frame tells its
// whole name and share to who points at it.
//
// Start reading at [Draw].
package flame

import (
	"cmp"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// Room is a group of functions: those of a package and of the packages below it.
type Room struct {
	// Name is what the legend says, Package the import path, Colour any that SVG knows.
	Name, Package, Colour string
}

// Picture says what to draw.
type Picture struct {
	Title string
	// Module is the part of all full names that goes without saying.
	Module string
	// Root is the full name of the function to start at; RootName is what to call it. Time that was not spent in it is
	// drawn beside it, by the runtime's own roots.
	Root, RootName string
	// Rooms are tried in turn, so that the inner go before the outer. The last takes what is left.
	Rooms []Room
}

// Share is the part of all time, from 0 to 1, that a room spent itself or in the libraries and the runtime it called.
type Share struct {
	Room
	Part float64
}

// Shares tells each room's part, the largest first. They add up to 1, unless the profile is empty.
func (p Picture) Shares(cpu *profile.Profile) []Share {
	out := make([]Share, len(p.Rooms))
	for i, r := range p.Rooms {
		out[i].Room = r
	}
	total := 0.0
	for _, s := range cpu.Sample {
		spent := value(s)
		total += spent
		out[p.innermost(p.stack(s))].Part += spent
	}
	for i := range out {
		out[i].Part /= max(total, 1)
	}
	slices.SortStableFunc(out, func(a, b Share) int { return cmp.Compare(b.Part, a.Part) })
	return out
}

// innermost is the room that a stack's time counts for: the last that is not the runtime's or a library's.
func (p Picture) innermost(stack []string) int {
	for _, function := range slices.Backward(stack) {
		if r := p.room(function); r < len(p.Rooms)-1 {
			return r
		}
	}
	return len(p.Rooms) - 1
}

func (p Picture) room(function string) int {
	for i, r := range p.Rooms[:len(p.Rooms)-1] {
		if rest, ok := strings.CutPrefix(function, r.Package); ok && (rest == "" || rest[0] == '.' || rest[0] == '/') {
			return i
		}
	}
	return len(p.Rooms) - 1
}

// value is the time of a sample: the last value, by the format of profiles.
func value(s *profile.Sample) float64 { return float64(s.Value[len(s.Value)-1]) }

// stack is a sample's functions, callers first, from the root on. What is not of the root keeps its whole stack.
func (p Picture) stack(s *profile.Sample) (out []string) {
	for _, l := range slices.Backward(s.Location) {
		for _, line := range slices.Backward(l.Line) {
			out = append(out, plain(line.Function.Name))
		}
	}
	if i := slices.Index(out, p.Root); i >= 0 {
		return out[i:]
	}
	return out
}

// plain is a function's name without the types it was made for, which are long.
func plain(function string) string {
	open, end := strings.IndexByte(function, '['), strings.LastIndexByte(function, ']')
	if open < 0 || end < open {
		return function
	}
	return function[:open] + function[end+1:]
}

// frame is a function as called from one place, with the time of all samples that went through it.
type frame struct {
	function string
	spent    float64
	calls    []*frame
}

func (f *frame) call(function string) *frame {
	for _, c := range f.calls {
		if c.function == function {
			return c
		}
	}
	f.calls = append(f.calls, &frame{function: function})
	return f.calls[len(f.calls)-1]
}

// tree joins all stacks, the widest frames first.
func (p Picture) tree(cpu *profile.Profile) *frame {
	root := &frame{}
	for _, s := range cpu.Sample {
		at, spent := root, value(s)
		at.spent += spent
		for _, function := range p.stack(s) {
			at = at.call(function)
			at.spent += spent
		}
	}
	root.sort()
	return root
}

func (f *frame) sort() {
	slices.SortStableFunc(f.calls, func(a, b *frame) int {
		return cmp.Or(cmp.Compare(b.spent, a.spent), cmp.Compare(a.function, b.function))
	})
	for _, c := range f.calls {
		c.sort()
	}
}

package flame

import (
	"fmt"
	"html"
	"strings"

	"github.com/google/pprof/profile"
)

// Sizes, in the picture's own units, which are pixels at its natural size.
const (
	width   = 980
	row     = 17
	head    = 78   // title and legend
	letter  = 6.05 // of the monospaced text, 10 px high
	least   = 2    // narrower frames are not drawn
	columns = 4    // of the legend
)

const style = `text{font:10px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1c2733}` +
	`.head{font:600 15px system-ui,sans-serif}.key{font:12px system-ui,sans-serif}` +
	`@media(prefers-color-scheme:dark){.head,.key{fill:#e8eef5}}`

// Draw draws the profile.
func Draw(cpu *profile.Profile, p Picture) []byte {
	d := drawing{Picture: p}
	root := p.tree(cpu)
	d.total = max(root.spent, 1)
	x := 0.0
	for _, c := range root.calls {
		d.frame(c, place{x: x})
		x += d.width(c)
	}
	height := head + row*(d.deepest+1) + 2
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img"><title>%s</title><style>%s</style>%s%s</svg>`+"\n",
		width, height, html.EscapeString(p.Title), style, d.legend(p.Shares(cpu)), d.String())
}

type drawing struct {
	strings.Builder
	Picture
	total   float64
	deepest int
}

// place is where a frame hangs: its left edge, its row, and the package of its caller.
type place struct {
	x     float64
	depth int
	pkg   string
}

func (d *drawing) width(f *frame) float64 { return f.spent / d.total * width }

// frame draws a frame and what it calls.
func (d *drawing) frame(f *frame, at place) {
	w := d.width(f)
	if w < least {
		return
	}
	d.deepest = max(d.deepest, at.depth)
	y := head + row*at.depth
	name, pkg := d.name(f.function)
	share := fmt.Sprintf("%.1f %%", 100*f.spent/d.total)
	fmt.Fprintf(d, `<g><title>%s, %s</title><path fill="%s" d="M%.1f %dh%.1fv%dH%.1fz"/>`,
		html.EscapeString(strings.TrimPrefix(f.function, d.Module)), share, d.Rooms[d.room(f.function)].Colour, at.x, y, w-0.6, row-1, at.x)
	if pkg == at.pkg {
		name = strings.TrimPrefix(name, pkg+".")
	}
	if text := label(name, share, w); text != "" {
		fmt.Fprintf(d, `<text x="%.1f" y="%d">%s</text>`, at.x+3, y+12, html.EscapeString(text))
	}
	d.WriteString("</g>")
	x := at.x
	for _, c := range f.calls {
		d.frame(c, place{x, at.depth + 1, pkg})
		x += d.width(c)
	}
}

// name is a function's name as people say it, with the last part of its package's path, and that part.
func (d *drawing) name(function string) (name, pkg string) {
	if function == d.Root {
		return d.RootName, ""
	}
	name = function[strings.LastIndexByte(function, '/')+1:]
	name = strings.NewReplacer("(*", "", ")", "").Replace(name)
	pkg, _, _ = strings.Cut(name, ".")
	return name, pkg
}

// label is as much of a frame's name and share as its width holds; nothing if that says nothing.
func label(name, share string, w float64) string {
	fits := int((w - 6) / letter)
	method := name[strings.LastIndexByte(name, '.')+1:]
	for _, text := range []string{name + " " + share, name, method} {
		if len([]rune(text)) <= fits {
			return text
		}
	}
	if fits < 5 {
		return ""
	}
	return string([]rune(method)[:fits-1]) + "…"
}

// legend names the rooms with their shares.
func (d *drawing) legend(shares []Share) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<text class="head" x="2" y="20">%s</text>`, html.EscapeString(d.Title))
	for i, s := range shares {
		x, y := 2+i%columns*(width/columns), 33+i/columns*20
		fmt.Fprintf(&out, `<rect x="%d" y="%d" width="12" height="12" rx="2" fill="%s"/><text class="key" x="%d" y="%d">%s %.1f %%</text>`,
			x, y, s.Colour, x+17, y+10, html.EscapeString(s.Name), 100*s.Part)
	}
	return out.String()
}

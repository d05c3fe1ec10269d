package console

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

//go:embed templates
var templates embed.FS

//go:embed assets
var assets embed.FS

// page is what the layout shows around a view.
type page struct {
	Title string
	Who   string
	Nav   []navItem
	// Style, Script and Icon are the addresses of the assets.
	Style, Script, Icon string
	Present             string
	Inline              template.CSS // of a report, instead of Style
	Policy              string       // of a report
	View                any
}

type navItem struct {
	ref
	Here bool
}

// parsePages reads all templates once: one set a page, each with the layout and the common pieces.
func parsePages() (map[string]*template.Template, error) {
	pages := map[string]*template.Template{}
	for _, name := range []string{"overview", "alerts", "story", "vaults", "vault", "principal", "health", "letter", "rules", "rule", "rotation", "done", "door", "problem", "report"} {
		t, err := template.New("layout.html").Funcs(functions()).ParseFS(templates, "templates/layout.html", "templates/pieces.html", "templates/telling.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("read the templates of the page %s: %w", name, err)
		}
		pages[name] = t
	}
	return pages, nil
}

func functions() template.FuncMap {
	return template.FuncMap{
		"when": when, "day": func(t time.Time) string { return t.UTC().Format(time.DateOnly) }, "counted": counted, "grouped": grouped, "lower": strings.ToLower,
		"list":  func(title string, l markList) markList { l.Title = title; return l },
		"words": func(list ...string) []string { return list }, "short": short, "int": func(n uint32) int { return int(n) },
		"zero": func(t time.Time) bool { return t.IsZero() },
	}
}

// when is a time in UTC; the script adds the local one on hover.
func when(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	t = t.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="UTC">%s</time>`, t.Format(time.RFC3339), html.EscapeString(t.Format("2006-01-02 15:04:05")))) // digits only
}

// write sends an answer.
func (v *visit) write(w http.ResponseWriter, a answer) {
	if a.code == 0 {
		a.code = http.StatusOK
	}
	if a.page != "" {
		body, err := v.render(a)
		if err != nil {
			a.code, body = http.StatusInternalServerError, []byte("This page cannot be written: "+clean.Line(err.Error(), 500)+"\n")
			a.kind = "text/plain; charset=utf-8"
		}
		a.body = body
		if a.kind == "" {
			a.kind = "text/html; charset=utf-8"
		}
	}
	w.Header().Set("Content-Type", a.kind)
	if a.file != "" {
		w.Header().Set("Content-Disposition", `attachment; filename="`+a.file+`"`)
	}
	w.WriteHeader(a.code)
	_, _ = w.Write(a.body) // a visitor who has left needs no answer
}

func (v *visit) render(a answer) ([]byte, error) {
	p := page{Title: a.title, Who: v.who, View: a.view, Style: v.links.to("style.css"), Script: v.links.to("console.js"), Icon: v.links.to("mark.svg")}
	for _, n := range []struct{ name, path, also string }{{"Overview", "./", ""}, {"Alerts", "alerts", "alert incident rotation"}, {"Vaults", "vaults", "vault principal"}, {"Rules", "rules", "rule"}, {"Health", "health", "letter"}} {
		here := strings.TrimPrefix(v.path, "ui/")
		p.Nav = append(p.Nav, navItem{ref{n.name, v.links.to(n.path)}, here == strings.TrimPrefix(n.path, "./") || here != "" && strings.Contains(" "+n.also+" ", " "+here+" ")})
	}
	if v.known != nil {
		p.Present = v.known.present.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	return execute(v.console.pages[a.page], p)
}

// execute renders and then makes visible what would not print, so that no template can forget to.
func execute(t *template.Template, p page) ([]byte, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, err
	}
	return visible(b.Bytes()), nil
}

// visible turns whatever does not print as itself (control characters, ANSI escapes, bidirectional overrides, zero-width
// and blank letters) into a visible escape. Our own templates hold none of these, so all that it finds came from a log.
func visible(page []byte) []byte {
	lines := bytes.Split(page, []byte("\n"))
	for i, line := range lines {
		if !printable(line) {
			// A no-break space is ours: it keeps a number together.
			pieces := strings.Split(string(line), "\u00a0")
			for k := range pieces {
				pieces[k] = clean.Line(pieces[k], 0)
			}
			lines[i] = []byte(strings.Join(pieces, "\u00a0"))
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

func printable(line []byte) bool {
	for _, c := range line {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// asset is a file that the pages need, none of it secret.
func asset(path string) (answer, bool) {
	kinds := map[string]string{"ui/style.css": "text/css; charset=utf-8", "ui/console.js": "text/javascript; charset=utf-8", "ui/mark.svg": "image/svg+xml"}
	kind, ok := kinds[path]
	if !ok {
		return answer{}, false
	}
	data, err := assets.ReadFile("assets/" + strings.TrimPrefix(path, "ui/"))
	return answer{kind: kind, body: data}, err == nil
}

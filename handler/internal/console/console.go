package console

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Options is what a console shows. Viewer is required; everything else may be left out, and what it would show is then
// left out of the pages.
type Options struct {
	Viewer *pipeline.Viewer
	// Store keeps statuses, rules and the audit. Nil makes the console read-only.
	Store store.Store
	// Catalogue gives the papers of the alerts: what they mean, harmless causes, blind spots.
	Catalogue []*detection.Detection
	// Links leads from the pages to the Azure portal.
	Links notify.Links
	// Clock tells the time; nil means the machine's.
	Clock func() time.Time
	// Prefix is where the host forwards requests to; "/api/" if empty.
	Prefix string
	Access Access

	// ObserveOnly tells the vaults whose alerts are not delivered.
	ObserveOnly func(vault string) bool
	// Lists tells how old the address lists are.
	Lists func() []List
	// Taught, if set, is called after something was taught or taken back, so that the judge need not wait to learn it.
	Taught func(context.Context)
	// Settings in force, without secrets.
	Settings []Setting
}

// List is one address list, for the health page.
type List struct {
	Name    string    `json:"name"`
	Entries int       `json:"entries"`
	AsOf    time.Time `json:"asOf,omitzero"`
	// Problem is why it could not be refreshed, empty if all is well.
	Problem string `json:"problem,omitempty"`
}

// Setting is one setting in force and where it comes from ("default", "environment"). Secrets come as "set" or "unset".
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

type console struct {
	Options
	pages  map[string]*template.Template
	routes map[string]route
	index  index
}

// route answers one path; post says that it changes something.
type route struct {
	answer func(*visit) (answer, error)
	post   bool
}

// answer is what goes back: a page, or bytes of some type.
type answer struct {
	page  string // name of the template
	title string
	view  any
	code  int // 200 if 0

	kind string // content type, for everything but pages
	file string // name under which a browser saves it
	body []byte
}

// New makes the handler of the console. It serves what lies under the prefix: "ui/" the pages, "v1/" the API.
func New(o Options) (http.Handler, error) {
	if o.Viewer == nil {
		return nil, errors.New("console: a viewer is required")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.Prefix = cmp.Or(o.Prefix, "/api/")
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	c := &console{Options: o, pages: pages}
	c.routes = map[string]route{
		"ui/": {answer: c.overview}, "ui/alerts": {answer: c.alertList}, "ui/alert": {answer: c.alert}, "ui/incident": {answer: c.incident},
		"ui/vaults": {answer: c.vaultList}, "ui/vault": {answer: c.vault}, "ui/principal": {answer: c.principal}, "ui/health": {answer: c.health},
		"ui/letter": {answer: c.letter}, "ui/rules": {answer: c.rules}, "ui/rule": {answer: c.newRule}, "ui/rotation": {answer: c.rotation},
		"ui/alerts.csv": {answer: c.alertsCSV}, "ui/rotation.csv": {answer: c.rotationFile}, "ui/rotation.txt": {answer: c.rotationFile}, "ui/rotation.sh": {answer: c.rotationFile},

		"ui/set-status": {answer: c.setStatus, post: true}, "ui/add-rule": {answer: c.addRule, post: true}, "ui/end-rule": {answer: c.endRule, post: true},
		"ui/end-lesson": {answer: c.endLesson, post: true},
		"ui/replay":     {answer: c.replay, post: true},

		"v1/alerts": {answer: c.apiAlerts}, "v1/alerts.csv": {answer: c.alertsCSV}, "v1/alert": {answer: c.apiAlert}, "v1/incidents": {answer: c.apiIncidents},
		"v1/incident": {answer: c.apiIncident}, "v1/vaults": {answer: c.apiVaults}, "v1/vault": {answer: c.apiVault}, "v1/principal": {answer: c.apiPrincipal},
		"v1/health": {answer: c.apiHealth}, "v1/rules": {answer: c.apiRules}, "v1/lessons": {answer: c.apiLessons}, "v1/session": {answer: c.apiSession}, "v1/openapi.json": {answer: c.apiDocument},
		"v1/set-status": {answer: c.apiSetStatus, post: true}, "v1/add-rule": {answer: c.apiAddRule, post: true}, "v1/end-rule": {answer: c.apiEndRule, post: true},
		"v1/end-lesson": {answer: c.apiEndLesson, post: true},
	}
	return c, nil
}

// maxForm bounds what may be posted.
const maxForm = 64 << 10

// ServeHTTP finds the route by exact path. A ServeMux would answer unclean paths with redirects, which a Functions host
// might follow out of the public prefix.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	path, ok := strings.CutPrefix(r.URL.Path, c.Prefix)
	if !ok {
		path = "?"
	}
	v := &visit{Request: r, console: c, path: path, now: c.Clock().UTC(), api: strings.HasPrefix(path, "v1/")}
	v.links = links{code: r.URL.Query().Get("code"), root: rootOf(path)}
	a, err := c.answer(w, v)
	if err != nil {
		a = v.problem(err)
	}
	v.write(w, a)
}

func (c *console) answer(w http.ResponseWriter, v *visit) (answer, error) {
	if err := c.Access.checkHost(v.Host); err != nil {
		return answer{}, err
	}
	if a, ok := asset(v.path); ok {
		return a, nil
	}
	var err error
	if v.who, err = c.Access.identify(v.Header); err != nil {
		return answer{}, err
	}
	if v.path == "" || v.path == "ui" {
		return answer{page: "door", title: "Vaultwatch", view: v.links.to("./")}, nil
	}
	route, ok := c.routes[v.path]
	switch {
	case !ok:
		return answer{}, refuse(http.StatusNotFound, "There is no such page. Start at the overview.")
	case route.post != (v.Method == http.MethodPost), v.Method != http.MethodPost && v.Method != http.MethodGet:
		return answer{}, refuse(http.StatusMethodNotAllowed, "This address takes another method: looking is GET, changing is POST.")
	}
	if route.post {
		v.Body = http.MaxBytesReader(w, v.Body, maxForm)
		if err := v.checkChange(); err != nil {
			return answer{}, err
		}
	}
	return route.answer(v)
}

// visit is one request on its way through the console.
type visit struct {
	*http.Request
	console *console
	path    string
	now     time.Time
	api     bool
	who     string
	links   links
	known   *known // once read
}

func (v *visit) ctx() context.Context { return v.Context() }

func (v *visit) arg(name string) string { return v.URL.Query().Get(name) }

// refusal is an error with a status and words for people.
type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

func refuse(status int, text string) error { return refusal{status, text} }

// problem is what a visitor gets instead of an answer. Errors that are no refusals are ours.
func (v *visit) problem(err error) answer {
	r := refusal{http.StatusInternalServerError, "Something went wrong while reading: " + err.Error()}
	errors.As(err, &r)
	if v.api {
		a := jsonAnswer(map[string]string{"error": r.text})
		a.code = r.status
		return a
	}
	return answer{page: "problem", title: http.StatusText(r.status), view: doneView{r.text, []ref{{"To the overview", v.links.to("./")}}}, code: r.status}
}

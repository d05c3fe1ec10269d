package notify

import (
	"bytes"
	"embed"
	"fmt"
	html "html/template"
	"io"
	text "text/template"
)

//go:embed templates
var templates embed.FS

// Mail is a message as a mail client shows it. Subject is one line without control characters; HTML and Text say the
// same.
type Mail struct{ Subject, HTML, Text string }

// Compose writes the mail of a message, in the order a person asks: what happened, to which vault, who and from where,
// how unusual, what was read, what to do now, where to look. It is pure, and its output is bounded: a mail names what it
// leaves out. It fails on a message without incidents.
func Compose(m Message, links Links) (Mail, error) {
	if len(m.Incidents) == 0 {
		return Mail{}, fmt.Errorf("compose %s: it holds no incident", m.Kind)
	}
	if m.Kind == Digest || m.Kind == Feed {
		v := newDigestView(m, links)
		return render("digest", v.Subject, v)
	}
	v := incidentView(m, links)
	return render("incident", v.Subject, v)
}

func render(name, subject string, v any) (Mail, error) {
	// Parsed on every use: a mail is rare, and so no parsed template is state of the package.
	h, err := html.New(name+".html").Funcs(html.FuncMap{"colour": severityColour}).ParseFS(templates, "templates/"+name+".html")
	if err != nil {
		return Mail{}, fmt.Errorf("read template: %w", err)
	}
	t, err := text.ParseFS(templates, "templates/"+name+".txt")
	if err != nil {
		return Mail{}, fmt.Errorf("read template: %w", err)
	}
	page, err := execute(h, v)
	if err != nil {
		return Mail{}, err
	}
	plain, err := execute(t, v)
	return Mail{Subject: subject, HTML: page, Text: plain}, err
}

func execute(t interface{ Execute(io.Writer, any) error }, v any) (string, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return "", fmt.Errorf("write mail: %w", err)
	}
	return b.String(), nil
}

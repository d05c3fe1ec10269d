package webhook

import "github.com/vaultwatch/vaultwatch/handler/internal/notify"

// teamsMessage is what the Workflows trigger "When a Teams webhook request is received" takes: cards as attachments.
type teamsMessage struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

type teamsAttachment struct {
	ContentType string    `json:"contentType"`
	Content     teamsCard `json:"content"`
}

type teamsCard struct {
	Schema  string         `json:"$schema"`
	Type    string         `json:"type"`
	Version string         `json:"version"`
	Body    []teamsBlock   `json:"body"`
	Actions []teamsAction  `json:"actions,omitempty"`
	MSTeams map[string]any `json:"msteams"`
}

// teamsBlock is a RichTextBlock: its runs are plain text, while a TextBlock reads Markdown, in which a user agent could
// offer a link.
type teamsBlock struct {
	Type    string     `json:"type"`
	Spacing string     `json:"spacing,omitempty"`
	Inlines []teamsRun `json:"inlines"`
}

type teamsRun struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Size   string `json:"size,omitempty"`
	Weight string `json:"weight,omitempty"`
	Color  string `json:"color,omitempty"`
}

type teamsAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

func teamsBody(m notify.Message, links notify.Links) teamsMessage {
	b := notify.Summarise(m, links)
	card := teamsCard{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
		MSTeams: map[string]any{"width": "Full"},
	}
	card.Body = append(card.Body, teamsText(teamsRun{Text: b.Title, Size: "Large", Weight: "Bolder", Color: teamsColour(b.Severity)}))
	for _, s := range b.Sections {
		if s.Heading != "" {
			heading := teamsText(teamsRun{Text: s.Heading, Weight: "Bolder"})
			heading.Spacing = "Medium"
			card.Body = append(card.Body, heading)
		}
		for _, l := range s.Lines {
			line := teamsText(teamsRun{Text: l})
			line.Spacing = "Small"
			card.Body = append(card.Body, line)
		}
	}
	for _, l := range b.Links {
		card.Actions = append(card.Actions, teamsAction{"Action.OpenUrl", l.Text, l.URL})
	}
	return teamsMessage{Type: "message", Attachments: []teamsAttachment{{"application/vnd.microsoft.card.adaptive", card}}}
}

func teamsText(run teamsRun) teamsBlock {
	run.Type = "TextRun"
	return teamsBlock{Type: "RichTextBlock", Inlines: []teamsRun{run}}
}

func teamsColour(severity string) string {
	switch severity {
	case "High":
		return "Attention"
	case "Medium":
		return "Warning"
	}
	return "Default"
}

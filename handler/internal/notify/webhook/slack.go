package webhook

import (
	"strings"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// slackMessage is the part of Slack's message payload that we use. Text is what notifications show.
type slackMessage struct {
	Text   string       `json:"text"`
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type string     `json:"type"`
	Text *slackText `json:"text,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Limits of Slack's blocks, in characters.
const (
	maxSlackHeader  = 150
	maxSlackSection = 3000
)

// slackBody shows all text that may come from an attacker as plain_text, in which Slack reads no link, no mention and
// no formatting. Only headings and links of our own making are mrkdwn.
func slackBody(m notify.Message, links notify.Links) slackMessage {
	b := notify.Summarise(m, links)
	msg := slackMessage{Text: slackEscape(b.Title)}
	msg.Blocks = append(msg.Blocks, slackBlock{"header", &slackText{"plain_text", cut(b.Title, maxSlackHeader)}})
	for _, s := range b.Sections {
		if s.Heading != "" {
			msg.Blocks = append(msg.Blocks, slackBlock{"section", &slackText{"mrkdwn", "*" + s.Heading + "*"}})
		}
		msg.Blocks = append(msg.Blocks, slackBlock{"section", &slackText{"plain_text", cut("• "+strings.Join(s.Lines, "\n• "), maxSlackSection)}})
	}
	var list []string
	for _, l := range b.Links {
		list = append(list, "<"+slackEscape(l.URL)+"|"+slackEscape(l.Text)+">")
	}
	if len(list) > 0 {
		msg.Blocks = append(msg.Blocks, slackBlock{"section", &slackText{"mrkdwn", cut(strings.Join(list, " · "), maxSlackSection)}})
	}
	return msg
}

// slackEscape makes text text: with < gone there is no link and no <!channel>.
func slackEscape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "/").Replace(s)
}

func cut(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit-1]) + "…"
}

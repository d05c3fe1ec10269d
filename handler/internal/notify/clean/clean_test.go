package clean

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "secrets/db-password", "secrets/db-password"},
		{"other scripts", "Zoë 東京 пароль 🔑", "Zoë 東京 пароль 🔑"},
		{"line breaks", "a\r\nb\u2028c", `a\r\nb\u2028c`},
		{"ansi", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"c1 control", "\u009b31m", `\u009b31m`},
		{"bidi override", "photo\u202egpj.exe", `photo\u202egpj.exe`},
		{"bidi isolate", "\u2066x\u2069", `\u2066x\u2069`},
		{"zero width", "pay\u200bpal", `pay\u200bpal`},
		{"tag characters", "\U000e0041", `\U000e0041`},
		{"blank letter", "\u3164", `\u3164`},
		{"no-break space", "a\u00a0b", `a\u00a0b`},
		{"invalid UTF-8", "a\xff\xc0b", `a\xff\xc0b`},
		{"a real replacement character", "\ufffd", "\ufffd"},
		{"two marks stay", "e\u0301\u0302", "e\u0301\u0302"},
		{"a tower of marks", "e\u0301\u0302\u0303", "e\u0301\u0302" + `\u0303`},
		{"nul and delete", "\x00\x7f", `\x00\x7f`},
	} {
		if got := Line(c.in, 0); got != c.want {
			t.Errorf("%s: Line(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestLineIsCutToItsBound(t *testing.T) {
	for in, want := range map[string]string{
		"abcdef":         "abcd…",
		"abcde":          "abcde",
		"abc\n\n":        `abc\…`,
		"abcd\u202e":     "abcd…",
		"東京東京東京":         "東京東京…",
		"\n\n\n\n\n\n\n": `\n\n…`,
	} {
		if got := Line(in, 5); got != want {
			t.Errorf("Line(%q, 5) = %q, want %q", in, got, want)
		}
	}
}

func TestStripLeavesNoControlBehind(t *testing.T) {
	got := Strip("Alert\r\nBcc: a@b.example\u202e\x1b[0m   end", 0)
	if want := "Alert Bcc: a@b.example [0m end"; got != want {
		t.Errorf("Strip = %q, want %q", got, want)
	}
}

func TestCellStartsNoFormula(t *testing.T) {
	for in, want := range map[string]string{
		"=HYPERLINK(1)": "'=HYPERLINK(1)", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": `\t=1`, "a=1": "a=1", "": "",
	} {
		if got := Cell(in); got != want {
			t.Errorf("Cell(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDefangLeavesNothingToClick(t *testing.T) {
	got := Defang("see https://evil.example and www.evil.example", 0)
	if want := "see https[:]//evil.example and www[.]evil.example"; got != want {
		t.Errorf("Defang = %q, want %q", got, want)
	}
}

func TestWrapKeepsEveryLineWithinItsColumns(t *testing.T) {
	text := "28 distinct secrets in 3 min " + strings.Repeat("x", 45) + " 東京東京東京東京東京東京 end"
	joined := ""
	for _, line := range Wrap(text, 20) {
		if Width(line) > 20 {
			t.Errorf("line %q takes %d columns, want at most 20", line, Width(line))
		}
		joined += line
	}
	if want := strings.ReplaceAll(text, " ", ""); strings.ReplaceAll(joined, " ", "") != want {
		t.Errorf("wrapping lost text: %q", joined)
	}
	if got := Wrap("", 20); len(got) != 1 || got[0] != "" {
		t.Errorf("Wrap of nothing = %q, want one empty line", got)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\x1b[31m\u202e\xff", 5)
	f.Add("", 1)
	f.Fuzz(func(t *testing.T, s string, max int) {
		if max < 1 || max > 1000 {
			max = 10
		}
		got := Line(s, max)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > max {
			t.Errorf("Line(%q, %d) = %q: invalid or too long", s, max, got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Errorf("Line(%q) lets %U through", s, r)
			}
		}
		if again := Line(got, max); again != got {
			t.Errorf("Line is not stable: %q, then %q", got, again)
		}
	})
}

# Everything a contributor runs. `make` alone lists it.
#
# Versions of tools stand here once; .ci/run uses them by the targets.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.0
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.2.0
FUZZTIME    = 20s
SEEDS       = 201-212
# a folder with a labelled log of others, for a second opinion: make quality CORPUS=folder
CORPUS      =

.PHONY: help build demo setup test bench fuzz lint vulnerabilities docs fresh quality package publish

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

build: ## the program as one file, handler/handler
	CGO_ENABLED=0 go build -trimpath -o handler/handler ./handler

demo: ## an invented organisation's month, with a stolen token in it
	go run ./handler demo

setup: ## what some tests need besides Go; they skip without it
	@./tools/setup.sh

test: setup ## every test, and how many ran
	@go test -json -timeout 20m ./... | go run ./tools/count

bench: ## how fast, and against what: docs/performance.md
	go run ./handler/internal/bench/report -docs docs

# Go makes interesting inputs smaller for up to a minute each and counts no executions meanwhile, which looks like a hang.
fuzz: ## every fuzz target for FUZZTIME
	@set -e; for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
	  done; \
	done

lint: ## format, go vet, staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

vulnerabilities: ## known ones in what we use
	go run $(GOVULNCHECK) ./...

docs: ## write the pages and excerpts that are generated
	go run ./handler catalogue --markdown > docs/detections.md.new && mv docs/detections.md.new docs/detections.md
	go test ./handler -run TestReadmeShowsTheDemo -count 1 -args -update

fresh: docs ## fail if a generated page was not committed
	git diff --exit-code -- docs/detections.md README.md

quality: ## how good the verdicts are, over organisations that nobody looked at
	go run ./handler/internal/quality/measure -rivals -seeds $(SEEDS) $(if $(CORPUS),-corpus $(CORPUS)) > docs/quality.md.new && mv docs/quality.md.new docs/quality.md

package: ## dist/ and dist.zip, as they are published
	go run ./tools/package

publish: package ## publish dist/ to the function app APP
	@test -n "$(APP)" || { echo "which app? make publish APP=name"; exit 2; }
	cd dist && func azure functionapp publish "$(APP)" --no-build --custom

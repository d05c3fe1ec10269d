#!/bin/sh
# Installs what some tests need besides Go, each part only if it can be: the tests that need it skip without, and say so.
set -eu
cd "$(dirname "$0")/.."

# Azurite stands in for Azure Table Storage, hub for an event hub; the parsers of bicepcheck read infra/.
for folder in tools/azurite tools/hub tools/bicepcheck; do
  installed=$folder/node_modules/.package-lock.json
  if ! command -v npm >/dev/null; then
    echo "setup: no npm here, so tests that need $folder will skip"
  elif [ ! -e "$installed" ] || [ "$folder/package-lock.json" -nt "$installed" ]; then
    npm ci --no-audit --no-fund --ignore-scripts --omit=optional --loglevel=error --prefix "$folder" ||
      echo "setup: npm could not install $folder; its tests will skip"
  fi
done

# The page is looked at with a browser.
if grep -rqs --include='*_test.go' chromium handler && ! command -v chromium >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } ||
      echo "setup: chromium could not be installed; tests that need it will skip"
  else
    echo "setup: no chromium here, so tests that need it will skip"
  fi
fi

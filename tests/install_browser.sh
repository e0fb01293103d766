#!/bin/sh
# The browser tests need Chromium and a font with Vietnamese letters. Install them where that is
# allowed; say plainly what is left out where it is not. Never fails: the tests skip with the reason.
set -u
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
    echo "Installing Chromium for the browser tests …"
    if $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "No Chromium, and it may not be installed here: the browser tests will be left out." >&2
exit 0

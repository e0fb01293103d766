#!/bin/sh
# The browser tests need Chromium, a font with Vietnamese letters, and axe-core from npm. Install them where that
# is allowed; say plainly what is left out where it is not. Never fails: the tests skip with the reason.
set -u
cd "$(dirname "$0")" || exit 0
have() { command -v "$1" >/dev/null 2>&1; }

sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo -n"
updated=""
install() {
    have apt-get || return 1
    if [ -z "$updated" ]; then $sudo apt-get update -qq || return 1; updated=yes; fi
    echo "Installing $* for the browser tests …"
    $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

have chromium || have chromium-browser || have google-chrome || install chromium fonts-dejavu-core ||
    echo "No Chromium, and it may not be installed here: the browser tests will be left out." >&2

have npm || install nodejs npm
if have npm; then
    # The lock file names what is wanted; an install that is already right is left alone.
    [ browser/node_modules/.package-lock.json -nt browser/package-lock.json ] ||
        npm ci --prefix browser --no-audit --no-fund --silent
fi
[ -f browser/node_modules/axe-core/axe.min.js ] ||
    echo "No axe-core from npm: the tests of accessibility will be left out." >&2
exit 0

#!/bin/sh
# The tests of PostGIS need PostgreSQL's server and PostGIS. Install them where that is allowed; say plainly what is
# left out where it is not. Never fails: the tests skip with the reason. No server is started here: the tests start
# their own, in a folder of their own.
set -u
have() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; }

if have; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
    echo "Installing PostgreSQL and PostGIS for the tests …"
    $sudo apt-get update -qq &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            postgresql postgresql-postgis >/dev/null 2>&1
fi
have || echo "No PostgreSQL with PostGIS, and it may not be installed here: their tests will be left out." >&2
exit 0

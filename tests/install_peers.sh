#!/bin/sh
# `make bench` compares with Debian's splat-hd. Install it where that is allowed; say plainly when it is left
# out. Never fails: the page then says that the tool is absent.
set -u
if command -v splat-hd >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
    echo "Installing splat for the benchmarks …"
    if $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends splat >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "No splat-hd, and it may not be installed here: the benchmarks go without its ratio." >&2
exit 0

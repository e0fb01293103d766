"""phusong doctor"""

from dataclasses import asdict

from phusong.cli.common import say_json, say_table
from phusong.cli.verb import verb
from phusong.doctor import LOOK, MISSING, OK, examine
from phusong.errors import PhuSongError
from phusong.language import _, _m

_STATES = {OK: _m("works"), LOOK: _m("look at"), MISSING: _m("missing")}


@verb(
    "doctor",
    help="Say what this installation has and lacks: versions, drivers, caches, cores, memory, extras.",
    epilog="\b\nExample:\n  phusong doctor --json > doctor.json",
)
def command(as_json: bool) -> None:
    looks = examine()
    if as_json:
        say_json({"parts": [asdict(look) for look in looks]})
    else:
        columns = [(_("Part"), "left"), (_("State"), "left"), (_("Found"), "left"), (_("What to do"), "left")]
        rows = [[look.name, _(_STATES[look.state]), look.found, look.do] for look in looks]
        say_table(_("This installation"), columns, rows)
    if missing := [look.name for look in looks if look.state == MISSING]:
        raise PhuSongError(
            _("missing: {names}").format(names=", ".join(missing)),
            do=_("See what to do beside each of them."),
        )

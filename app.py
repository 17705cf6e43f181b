"""Start the app: a chat beside a 3D body, at http://127.0.0.1:7860.

    python app.py [--model NAME] [--revision REVISION] [--host 127.0.0.1] [--port 7860]

A hosted Space runs this very file as a program and sets GRADIO_SERVER_NAME, so nothing is built at import.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading


def main(arguments: list[str] | None = None) -> int:
    """Load the model, build the page, serve it until interrupted. Returns an exit code."""
    options = _parser().parse_args(arguments)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

    # Imported here, so that --help and a mistyped option answer at once.
    from unipose.body.mesh import FreeBody
    from unipose.chat import UniPose
    from unipose.chat.choosing import choose
    from unipose.chat.lending import lend, lender
    from unipose.ui.page import Page

    try:
        gpu = lender()  # on a Space without a GPU of its own; it must come before anything looks for one
        choice = choose(options.model)
        if choice.why:
            print(f"app.py: {choice.why}", file=sys.stderr)
        unipose = lend(UniPose.from_pretrained(choice.name, revision=options.revision, device=choice.device), gpu)
        page = Page(unipose, FreeBody.load("full"), about=choice.why or f"The model {unipose.name} answers.")
        # While the page opens and somebody reads it; who asks sooner waits as long as without it.
        threading.Thread(target=page.warm_up, daemon=True).start()
        page.launch(server_name=options.host, server_port=options.port)
    except (ValueError, OSError) as error:  # no such model, no body, no free port: the reader can mend these
        print(f"app.py: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="UniPose: say a pose, change it in words, ask about it.")
    parser.add_argument(
        "--model",
        default=os.environ.get("UNIPOSE_MODEL"),  # a Space starts this file without options
        help="embedded name, folder, Hub id owner/name or owner/name@revision, or auto: the official model where a GPU "
        "and its weights are at hand, else nano (default: the variable UNIPOSE_MODEL, or nano)",
    )
    parser.add_argument("--revision", help="of a Hub id: a branch, tag or commit")
    parser.add_argument(
        "--host",
        default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="address to listen on; 0.0.0.0 opens it to the network (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("GRADIO_SERVER_PORT"),
        help="default: the first free one from 7860 on",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

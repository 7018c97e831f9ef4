"""Runs a Pulumi program as Pulumi's own Python host does, with the settings of the environment.

The Python SDK has nothing that starts a program: the CLI's download brings a script of its own along.
"""

import asyncio
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack

# Pulumi's own code for a program that has printed what is wrong.
LOGGED = 32


def main(program: str) -> int:
    parallel = int(os.environ["PULUMI_PARALLEL"])
    configure(
        Settings(
            project=os.environ["PULUMI_PROJECT"],
            stack=os.environ["PULUMI_STACK"],
            organization=os.environ["PULUMI_ORGANIZATION"],
            root_directory=os.environ["PULUMI_ROOT_DIRECTORY"],
            monitor=os.environ["PULUMI_MONITOR"],
            engine=os.environ["PULUMI_ENGINE"],
            dry_run=os.environ["PULUMI_DRY_RUN"] == "true",
            parallel=parallel,
        )
    )
    # The first entry is this script's own folder. A program imports what stands beside it.
    sys.path[0] = os.path.abspath(program)
    sys.argv = [program]
    # It would log of each task that failed, beside the error itself.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max_workers=4 * max(parallel, 1)))
    try:
        loop.run_until_complete(run_in_stack(lambda: runpy.run_path(program, run_name="__main__")))
        return 0
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
    except Exception:
        pulumi.log.error(f"Program failed with an unhandled exception:\n{traceback.format_exc()}")
    finally:
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return LOGGED


sys.exit(main(sys.argv[1]))

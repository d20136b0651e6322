"""The clock of this machine as one process sees it: moved by a library of our own that is loaded before the C library.

The seconds lie in a file that the process has in memory, so that the clock can be put right while it runs.
"""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static int64_t off(void) {
    static const volatile int64_t *seconds = 0;
    if (!seconds) {
        const char *name = getenv("CLOCK_OFF_BY");
        int file = name ? open(name, O_RDONLY) : -1;
        void *there = file < 0 ? MAP_FAILED : mmap(0, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
        if (there == MAP_FAILED) return 0;
        seconds = there;
    }
    return *seconds;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *) = 0;
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(which, now);
    if (!done && which == CLOCK_REALTIME) now->tv_sec += off();
    return done;
}

time_t time(time_t *given) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (given) *given = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *given, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    given->tv_sec = now.tv_sec;
    given->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


class WrongClock:
    """A clock that can be set. Skips the test where there is no C compiler."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("a clock is moved with a small library in C, and there is no compiler")
        source, self._library = folder / "clock.c", folder / "clock.so"
        source.write_text(_SOURCE)
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self._library, source, "-ldl"], check=True)
        self._file = folder / "clock.off"
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        """What a process is started with."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_OFF_BY": str(self._file)}

    def set(self, seconds: int) -> None:
        """Let the clock be so far ahead from now on."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))

"""What this machine lets the process use."""

import os


def usable_cores() -> int:
    """Cores this process may use: fewer than there are, under taskset or in a cpuset."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def compiled_threads() -> int:
    """As many as Numba may use: the environment variable NUMBA_NUM_THREADS, or all cores."""
    import numba  # takes half a second

    return int(numba.get_num_threads())


def total_memory() -> int:
    """Bytes of memory; a guess of 8 GB where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):  # Windows has no sysconf
        return 8 << 30


def free_memory() -> int:
    """Bytes that a new process could have; all of the machine's where the system says no more."""
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return 1024 * int(line.split()[1])
    except (OSError, ValueError):
        pass
    return total_memory()

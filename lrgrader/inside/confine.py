"""Walls around a submission, put up inside the sandbox before any of its code runs. Linux only.

Runs inside the sandbox, next to worker.py: standard library only. bubblewrap has already taken away the network, the
home and the rest of the disk; here each submission gets namespaces of its own, so that it sees neither the fork server
nor the submission before it, limits, and a filter of system calls.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_MOUNT, NEW_IPC, NEW_USER, NEW_PID = 0x20000, 0x08000000, 0x10000000, 0x20000000
ALL_NEW = 0x20000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
NOSUID_NODEV, NOEXEC = 2 | 4, 8
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 22, 24, 38

# Calls that no answer needs: sockets (vsock is in no namespace), memory that no limit counts (memfd, System V, the
# buffers of socket pairs and what is sent over them, contexts of asynchronous reading and writing, of which the whole
# machine has one supply), keys, tracing, mounts, namespaces, and the kernel's less travelled interfaces. Numbers of
# x86_64, then of aarch64.
DENIED = {
    "socketpair": (53, 199), "sendmsg": (46, 211), "sendmmsg": (307, 269), "io_setup": (206, 0), "io_destroy": (207, 1),
    "io_submit": (209, 2), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "vmsplice": (278, 75),
    "inotify_init1": (294, 26), "quotactl": (179, 60), "pidfd_open": (434, 434),
    "socket": (41, 198), "ptrace": (101, 117), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "bpf": (321, 280), "perf_event_open": (298, 241),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "fanotify_init": (300, 262), "open_by_handle_at": (304, 265),
    "personality": (135, 92), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsmount": (432, 432), "pidfd_getfd": (438, 438), "mount_setattr": (442, 442),
}  # fmt: skip
MACHINES = {"x86_64": (0, 0xC000003E, 56), "aarch64": (1, 0xC00000B7, 220)}  # column, audit's name, number of clone
CLONE3 = 435
MOST_INODES = 4096  # files and folders in each of /tmp and /dev/shm
IDLE = 19  # the priority of whatever a submission starts
ANSWERING = 2  # the notebook's process and its fork for public checks, the oldest of a submission
EPERM, ENOSYS = 1, 38


def must(result: int, what: str) -> None:
    """Raise OSError if a call of the C library did not return 0."""
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def become(uid: int) -> None:
    """Turn from root into a user that owns nothing, for good; first mount a /proc that may be mounted anew."""
    must(LIBC.mount(b"proc", b"/proc", b"proc", NOSUID_NODEV | NOEXEC, None), "mounting /proc")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def leave(namespaces: int, me: int) -> None:
    """Leave these namespaces, that of users among them, for new ones, as the same user; `me` is an open /proc/self."""
    uid, gid = os.getuid(), os.getgid()
    LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else the maps below belong to root
    must(LIBC.unshare(namespaces), "a namespace of its own")
    for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        file = os.open(name, os.O_WRONLY, dir_fd=me)
        os.write(file, line.encode())
        os.close(file)


def rule() -> int:
    """Become process 1 of a world, with the right to make worlds below it; return a handle of it.

    The caller goes on in a child. The parent does nothing but wait for its end.
    """
    me = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    leave(NEW_USER | NEW_MOUNT | NEW_PID, me)
    os.close(me)
    if child := os.fork():
        os.closerange(3, 256)  # the grader sees by its line whether the child is there
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    must(LIBC.mount(b"proc", b"/proc", b"proc", NOSUID_NODEV | NOEXEC, None), "mounting /proc")
    return os.open("/proc/self/ns/pid", os.O_RDONLY)


def fork_first(world: int) -> int:
    """Fork a child that is process 1 of a world below this one, and sees only its descendants."""
    must(LIBC.unshare(NEW_PID), "a namespace for the submission")
    try:
        child = os.fork()
    except OSError:
        child = -1
    if child:
        must(LIBC.setns(world, NEW_PID), "back to the fork server's own processes")
    if child < 0:
        raise OSError("no process can be had for the submission")
    return child


def be_seen(seen: bool) -> None:
    """Let other processes of this user look at this one in /proc, or not even find it there."""
    with contextlib.suppress(AttributeError):  # without a sandbox, on systems other than Linux
        LIBC.prctl(PR_SET_DUMPABLE, int(seen), 0, 0, 0)


def hide_and_drop(disk: int) -> None:
    """Give process 1 an empty /tmp and a /proc of its own, then take away every privilege for good.

    The mounts belong to the fork server's world: in its own, of users too, the submission could not undo them even
    with every privilege.
    """
    me = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    must(LIBC.unshare(NEW_MOUNT | NEW_IPC), "mounts of its own")
    flags = NOSUID_NODEV | NOEXEC
    # The notebook's own process is not to be seen by its fork for public checks, which should find itself alone.
    if (
        LIBC.mount(b"proc", b"/proc", b"proc", flags, b"hidepid=2") != 0
    ):  # some containers forbid it: then there is none
        must(LIBC.mount(b"none", b"/proc", b"tmpfs", flags, b"size=4k"), "hiding /proc")
    half = f"size={disk // 2},nr_inodes={MOST_INODES},mode=1777".encode()
    must(LIBC.mount(b"none", b"/tmp", b"tmpfs", NOSUID_NODEV, half), "an empty /tmp")
    must(LIBC.mount(b"none", b"/dev/shm", b"tmpfs", NOSUID_NODEV, half), "an empty /dev/shm")
    leave(NEW_USER, me)
    os.close(me)
    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    must(LIBC.capset(header, nothing), "dropping capabilities")
    must(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    os.chdir("/tmp")


def limit(memory: int, processes: int, seconds: int, disk: int) -> None:
    """Limit what one process may take; memory (bytes) counts from what the fork server has already loaded."""
    limits = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: disk // 2,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 256,
    }
    if os.path.exists("/proc/self/statm"):
        with open("/proc/self/statm") as statm:
            loaded = int(statm.read().split()[0]) * resource.getpagesize()
        limits[resource.RLIMIT_AS] = loaded + memory
        limits[resource.RLIMIT_NPROC] = processes
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))


def filter_calls() -> None:
    """Deny the system calls above to this process and all its descendants; OSError on a machine that is not known."""
    column, audit, clone = MACHINES.get(platform.machine(), (None, 0, 0))
    if column is None:
        raise OSError(f"no filter of system calls is known for {platform.machine()}")

    def step(code: int, jump_true: int, jump_false: int, value: int) -> bytes:
        return struct.pack("<HBBI", code, jump_true, jump_false, value)

    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    deny, unknown, allow, kill = 0x00050000 | EPERM, 0x00050000 | ENOSYS, 0x7FFF0000, 0x80000000
    steps = [step(load, 0, 0, 4), step(equal, 1, 0, audit), step(answer, 0, 0, kill), step(load, 0, 0, 0)]
    steps += [step(at_least, 0, 1, 0x40000000), step(answer, 0, 0, deny)]  # the other calling convention of x86_64
    for numbers in DENIED.values():
        steps += [step(equal, 0, 1, numbers[column]), step(answer, 0, 0, deny)]
    steps += [
        step(equal, 0, 1, CLONE3),
        step(answer, 0, 0, unknown),
    ]  # the C library then uses clone, which is readable
    steps += [step(equal, 0, 3, clone), step(load, 0, 0, 16), step(any_bit, 0, 1, ALL_NEW), step(answer, 0, 0, deny)]
    steps += [step(answer, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    must(LIBC.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(program), 0, 0), "the filter of system calls")


def guard(child: int, memory: int) -> None:
    """Look at a submission: end process 1, and all its descendants with it, if together they take too much.

    What it has started besides the two that answer, processes and threads, is served after everybody else.
    """
    mine = started_since(child)
    if too_much(mine, memory, resident("self")):  # it began as a copy of this process
        os.kill(child, signal.SIGKILL)
    for name in mine:
        yield_to_others(name, mine[:ANSWERING])


def started_since(first: int) -> list[str]:
    """Return the processes of a submission, the first of them first.

    Process 1 sees itself and them, and numbers begin anew after the largest; without walls all later ones may be its.
    """
    from_ = 2 if os.getpid() == 1 else first
    mine = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) >= from_]
    return list(map(str, sorted(mine, key=lambda number: (number != first, number))))


def too_much(mine: list[str], memory: int, loaded: int) -> bool:
    """Do these processes hold more memory than is allowed beyond what the fork server has loaded?

    All of it is counted: what one holds alone, shared mappings, mapped files. A page of several processes counts in
    parts. Adding up these parts is slow, so it is done only where counting every page for each of them is too much.
    """
    if sum(map(resident, mine)) <= memory + (loaded if mine else 0):
        return False
    return sum(map(proportional, mine)) > memory + loaded


def resident(process: str) -> int:
    """Return the bytes of memory that a process has, with all that it shares; 0 if it has ended."""
    try:
        with open(f"/proc/{process}/statm", "rb") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def proportional(process: str) -> int:
    """Return a process's bytes, those that it shares in parts; all of them where the system does not say."""
    try:
        with open(f"/proc/{process}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        pass
    return resident(process)


def yield_to_others(process: str, answering: list[str]) -> None:
    """Give all threads of a process the lowest priority, but for the first threads of those that answer."""
    with contextlib.suppress(OSError, ValueError):
        for thread in os.listdir(f"/proc/{process}/task"):
            if thread not in answering:
                os.setpriority(os.PRIO_PROCESS, int(thread), IDLE)

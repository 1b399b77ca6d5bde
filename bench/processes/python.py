#!/usr/bin/env python3
"""CPython's pools of processes, under the workloads that process_workloads.hpp has for those of C++.

It takes the options that a benchmark executable takes, and prints what that prints. By the name that it is started
with, it is one of

    python_fork, python_spawn, python_forkserver    concurrent.futures.ProcessPoolExecutor, by start method
    python_pool                                     multiprocessing.Pool, by fork
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import os
import re
import signal
import statistics
import sys
import time

WORKERS = 2
LEAST_ACTS = 5


class Sizes:
    """As ProcessSizes in process_workloads.hpp."""

    def __init__(self, quick):
        self.calls = 1_000 if quick else 20_000
        self.elements = 20_000 if quick else 1_000_000
        self.large_payload = 4 if quick else 64

    def elements_in_chunks_of(self, chunksize):
        return min(self.elements, self.calls * chunksize)


# --- What the children are asked to do ---


def identity(number):
    return number


def length_of(text):
    return len(text)


def text_of_length(length):
    return b"x" * length


def busy_child():
    end = time.perf_counter() + 0.001
    while time.perf_counter() < end:
        pass
    return os.getpid()


def never_return(parent):
    os.kill(parent, signal.SIGUSR1)
    while True:
        signal.pause()


# --- The pools ---


class ProcessPoolExecutor:
    def __init__(self, start_method):
        context = multiprocessing.get_context(start_method)
        self.pool = concurrent.futures.ProcessPoolExecutor(WORKERS, mp_context=context)

    def submit(self, function, *arguments):
        return self.pool.submit(function, *arguments)

    def result(self, future):
        return future.result()

    def map(self, function, numbers, chunksize):
        return self.pool.map(function, numbers, chunksize=chunksize)

    def shutdown(self):
        self.pool.shutdown()


class Pool:
    def __init__(self, start_method):
        self.pool = multiprocessing.get_context(start_method).Pool(WORKERS)

    def submit(self, function, *arguments):
        return self.pool.apply_async(function, arguments)

    def result(self, future):
        return future.get()

    def map(self, function, numbers, chunksize):
        return self.pool.map(function, numbers, chunksize)

    def shutdown(self):
        self.pool.close()
        self.pool.join()


# --- Time ---


class Measurement:
    """What is reported of a workload; times are in nanoseconds."""

    def __init__(self, seconds):
        self.seconds = seconds  # to measure at least
        self.counters = {}
        self.real_time = 0
        self.cpu_time = 0
        self.iterations = 0

    def acts(self, prepare, act, check=lambda result: True, clean_up=lambda prepared: None):
        """Calls act(prepare()) again and again: its median."""
        times = []
        cpu_begin = time.process_time_ns()
        begin = time.perf_counter_ns()
        while len(times) < LEAST_ACTS or time.perf_counter_ns() - begin < self.seconds * 1e9:
            prepared = prepare()
            act_begin = time.perf_counter_ns()
            result = act(prepared)
            times.append(time.perf_counter_ns() - act_begin)
            if not check(result):
                raise ValueError("a call gave a wrong result")
            clean_up(prepared)
        self.iterations = len(times)
        self.real_time = statistics.fmean(times)
        self.cpu_time = (time.process_time_ns() - cpu_begin) / len(times)
        self.counters["median"] = sorted(times)[len(times) // 2]
        self.counters["longest"] = max(times)

    def batches(self, count, batch):
        """Calls batch(), which does something `count` times, again and again: the mean."""
        cpu_begin = time.process_time_ns()
        begin = time.perf_counter_ns()
        while self.iterations == 0 or time.perf_counter_ns() - begin < self.seconds * 1e9:
            batch()
            self.iterations += count
        self.real_time = (time.perf_counter_ns() - begin) / self.iterations
        self.cpu_time = (time.process_time_ns() - cpu_begin) / self.iterations


# --- The workloads ---


class Workloads:
    def __init__(self, make_pool):
        self.make_pool = make_pool

    def call(self, pool, function, *arguments):
        return pool.result(pool.submit(function, *arguments))

    def make_warm_pool(self):
        pool = self.make_pool()
        for number in range(100):
            self.call(pool, identity, number)
        return pool

    def meet_children(self, pool):
        children = set()
        for _ in range(1_000):
            calls = [pool.submit(busy_child) for _ in range(WORKERS)]
            children.update(pool.result(call) for call in calls)
            if len(children) == WORKERS:
                return children
        raise ValueError(f"{len(children)} processes ran calls, not {WORKERS}")

    def round_trip(self, measurement):
        pool = self.make_warm_pool()
        measurement.acts(lambda: None, lambda _: self.call(pool, identity, 7), lambda result: result == 7)
        pool.shutdown()

    def many_calls(self, measurement, calls):
        pool = self.make_warm_pool()

        def batch():
            futures = [pool.submit(identity, number) for number in range(calls)]
            if sum(pool.result(future) for future in futures) != sum(range(calls)):
                raise ValueError("a call gave a wrong result")

        measurement.batches(calls, batch)
        pool.shutdown()

    def map(self, measurement, chunksize, elements):
        pool = self.make_warm_pool()
        numbers = list(range(elements))

        def batch():
            if sum(pool.map(identity, numbers, chunksize)) != sum(numbers):
                raise ValueError("a call gave a wrong result")

        measurement.batches(elements, batch)
        pool.shutdown()

    def argument(self, measurement, mebibytes):
        pool = self.make_warm_pool()
        length = mebibytes << 20
        self.call(pool, length_of, text_of_length(length))
        measurement.acts(
            lambda: text_of_length(length),
            lambda text: self.call(pool, length_of, text),
            lambda result: result == length,
        )
        pool.shutdown()

    def result(self, measurement, mebibytes):
        pool = self.make_warm_pool()
        length = mebibytes << 20
        self.call(pool, text_of_length, length)
        measurement.acts(
            lambda: None,
            lambda _: self.call(pool, text_of_length, length),
            lambda text: len(text) == length,
        )
        pool.shutdown()

    def start(self, measurement):
        pools = []

        def act(_):
            pools.append(self.make_pool())
            return self.call(pools[-1], identity, 7)

        measurement.acts(lambda: None, act, lambda result: result == 7, lambda _: pools.pop().shutdown())

    def shutdown(self, measurement):
        def prepare():
            pool = self.make_pool()
            self.meet_children(pool)
            return pool

        measurement.acts(prepare, lambda pool: pool.shutdown())

    def death(self, measurement):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})

        def prepare():
            pool = self.make_pool()
            future = pool.submit(never_return, os.getpid())
            child = signal.sigwaitinfo({signal.SIGUSR1}).si_pid
            return pool, future, child

        def act(prepared):
            pool, future, child = prepared
            os.kill(child, signal.SIGKILL)
            try:
                return pool.result(future)
            except Exception as error:
                return error

        measurement.acts(
            prepare, act, lambda result: isinstance(result, Exception), lambda prepared: prepared[0].shutdown()
        )

    def memory(self, measurement, kinds):
        pool = self.make_warm_pool()
        kibibytes = 0
        for child in self.meet_children(pool):
            with open(f"/proc/{child}/smaps_rollup", encoding="ascii") as lines:
                kibibytes += sum(int(line.split()[1]) for line in lines if re.match(kinds, line))
        pool.shutdown()
        measurement.counters["bytes"] = 1024 * kibibytes / WORKERS
        measurement.iterations = 1
        measurement.real_time = 1


def workloads_of(subject, make_pool, sizes):
    """By name: what is done to a measurement, and how many calls are pending at the same time."""
    workloads = Workloads(make_pool)
    found = {}
    if subject in ("python_fork", "python_pool"):
        # How workers came to be makes no difference to these.
        found["round_trip"] = (workloads.round_trip, 1)
        found["many_calls"] = (lambda m: workloads.many_calls(m, sizes.calls), sizes.calls)
        for chunksize in (1, 10, 100, 1_000, 10_000):
            elements = sizes.elements_in_chunks_of(chunksize)
            found[f"map/chunk:{chunksize}"] = (
                lambda m, chunksize=chunksize, elements=elements: workloads.map(m, chunksize, elements),
                elements,
            )
        for size in (1, sizes.large_payload):
            found[f"argument/MiB:{size}"] = (lambda m, size=size: workloads.argument(m, size), 1)
            found[f"result/MiB:{size}"] = (lambda m, size=size: workloads.result(m, size), 1)
    found["start"] = (workloads.start, 1)
    found["shutdown"] = (workloads.shutdown, 1)
    if subject != "python_pool":
        # A multiprocessing.Pool never tells that a worker has died: the call is lost.
        found["death"] = (workloads.death, 1)
    found["memory/proportional"] = (lambda m: workloads.memory(m, "Pss:"), 1)
    found["memory/own"] = (lambda m: workloads.memory(m, "Private_"), 1)
    return {f"process/{name}": workload for name, workload in found.items()}


# --- The command line ---

SUBJECTS = {
    "python_fork": ("concurrent.futures.ProcessPoolExecutor, fork", lambda: ProcessPoolExecutor("fork")),
    "python_spawn": ("concurrent.futures.ProcessPoolExecutor, spawn", lambda: ProcessPoolExecutor("spawn")),
    "python_forkserver": ("concurrent.futures.ProcessPoolExecutor, forkserver", lambda: ProcessPoolExecutor("forkserver")),
    "python_pool": ("multiprocessing.Pool, fork", lambda: Pool("fork")),
}


def measure(name, workload, seconds):
    act, calls = workload
    measurement = Measurement(seconds)
    benchmark = {"name": name, "run_type": "iteration"}
    try:
        act(measurement)
    except Exception as error:
        return benchmark | {"error_occurred": True, "error_message": f"{type(error).__name__}: {error}"}
    return benchmark | {
        "iterations": measurement.iterations,
        "real_time": measurement.real_time,
        "cpu_time": measurement.cpu_time,
        "time_unit": "ns",
        "calls": calls,
        "on_caller": 0,
        **measurement.counters,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small workloads")
    parser.add_argument("--benchmark_list_tests", metavar="BOOL", help="print the names of the workloads only")
    parser.add_argument("--benchmark_filter", metavar="RE", default="", help="which workloads")
    parser.add_argument("--benchmark_min_time", metavar="SECONDS", type=float, default=0.2, help="for each")
    parser.add_argument("--benchmark_format", choices=["json"], default="json", help="there is no other one")
    options = parser.parse_args()

    subject = os.path.basename(sys.argv[0])
    if subject not in SUBJECTS:
        parser.error(f"start it by the name of one of {', '.join(SUBJECTS)}, as the links in bin/bench do")
    description, make_pool = SUBJECTS[subject]
    workloads = workloads_of(subject, make_pool, Sizes(options.quick))
    selected = [name for name in workloads if re.search(options.benchmark_filter, name)]
    if options.benchmark_list_tests == "true":
        print("\n".join(selected))
        return
    if not selected:
        parser.error(f"--benchmark_filter selects none of {', '.join(workloads)}")
    context = {
        "touchstone_subject": description,
        "touchstone_version": sys.version.split()[0],
        "touchstone_compiler": f"{sys.implementation.name} {sys.version.split()[0]}",
        "touchstone_flags": "",
        "touchstone_optimized": "yes",
        "touchstone_future": "yes",
        "touchstone_map": "yes",
    }
    benchmarks = [measure(name, workloads[name], options.benchmark_min_time) for name in selected]
    print(json.dumps({"context": context, "benchmarks": benchmarks}, indent=1))


if __name__ == "__main__":
    main()

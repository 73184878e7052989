# The queues of bench/engine in SimPy, as its manual writes them: a process a customer, a resource a station.
#   python simpy_queue.py mm8|tandem CUSTOMERS
import json
import random
import sys
import time

import simpy

SCENES = {"mm8": (8, 1, 8 * 0.9), "tandem": (1, 5, 0.8)}


def main():
    servers, stations, rate = SCENES[sys.argv[1]]
    customers = int(sys.argv[2])
    env = simpy.Environment()
    line = [simpy.Resource(env, servers) for _ in range(stations)]
    draw = random.Random(1).expovariate
    total = [0.0]

    def customer():
        came = env.now
        for station in line:
            with station.request() as request:
                yield request
                yield env.timeout(draw(1.0))
        total[0] += env.now - came

    def source():
        for _ in range(customers):
            env.process(customer())
            yield env.timeout(draw(rate))

    env.process(source())
    started = time.process_time()
    env.run()
    print(json.dumps({"cpuS": time.process_time() - started, "mean": total[0] / customers}))


main()

# The queues of bench/engine in salabim, as its manual writes them: a component a customer, a resource a station.
#   python salabim_queue.py mm8|tandem CUSTOMERS
import json
import random
import sys
import time

import salabim as sim

SCENES = {"mm8": (8, 1, 8 * 0.9), "tandem": (1, 5, 0.8)}


def main():
    servers, stations, rate = SCENES[sys.argv[1]]
    customers = int(sys.argv[2])
    sim.yieldless(False)
    env = sim.Environment(random_seed=1, trace=False)
    line = [sim.Resource(capacity=servers, monitor=False) for _ in range(stations)]
    draw = random.Random(1).expovariate
    total = [0.0]

    class Customer(sim.Component):
        def process(self):
            came = env.now()
            for station in line:
                yield self.request(station)
                yield self.hold(draw(1.0))
                self.release(station)
            total[0] += env.now() - came

    class Source(sim.Component):
        def process(self):
            for _ in range(customers):
                Customer()
                yield self.hold(draw(rate))

    Source()
    started = time.process_time()
    env.run()
    print(json.dumps({"cpuS": time.process_time() - started, "mean": total[0] / customers}))


main()

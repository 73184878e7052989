// The queues of bench/engine by hand: std::priority_queue, one loop, no engine. About what a machine can do.
//   priority-queue mm8|tandem CUSTOMERS
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <random>
#include <string>
#include <vector>

struct Event {
  double at;
  std::uint64_t order;
  /** The station to come to; `came` is when the customer came to the first. */
  int station;
  double came;
  bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
};

int main(int, char** argv)
{
  const bool mm8       = std::string(argv[1]) == "mm8";
  const long customers = std::atol(argv[2]);
  const int servers    = mm8 ? 8 : 1;
  const int stations   = mm8 ? 1 : 5;
  std::mt19937_64 random(1);
  std::exponential_distribution<double> service(1.0);
  std::exponential_distribution<double> gap(mm8 ? 8 * 0.9 : 0.8);
  std::vector<double> free(stations * servers, 0.0);
  std::priority_queue<Event> events;
  std::uint64_t order = 0;
  long left           = customers;
  double total        = 0;
  const std::clock_t started = std::clock();
  events.push({0, order++, -1, 0});
  while (!events.empty()) {
    const Event event = events.top();
    events.pop();
    if (event.station == -1) {
      if (--left > 0)
        events.push({event.at + gap(random), order++, -1, 0});
    } else if (event.station == stations) {
      total += event.at - event.came;
      continue;
    }
    const int station = event.station == -1 ? 0 : event.station;
    double* first     = &free[station * servers];
    for (int i = 1; i < servers; i++)
      if (free[station * servers + i] < *first)
        first = &free[station * servers + i];
    *first = std::max(event.at, *first) + service(random);
    events.push({*first, order++, station + 1, event.station == -1 ? event.at : event.came});
  }
  std::printf("{\"cpuS\": %.6f, \"mean\": %.6f}\n", double(std::clock() - started) / CLOCKS_PER_SEC, total / customers);
}

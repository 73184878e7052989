// The queues of bench/engine in SimGrid (S4U): an actor a customer, a semaphore a station.
//   simgrid mm8|tandem CUSTOMERS
#include <simgrid/s4u.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

int main(int argc, char** argv)
{
  const bool mm8       = std::string(argv[1]) == "mm8";
  const long customers = std::atol(argv[2]);
  const int servers    = mm8 ? 8 : 1;
  const int stations   = mm8 ? 1 : 5;
  const double rate    = mm8 ? 8 * 0.9 : 0.8;
  int none             = 1;
  sg4::Engine engine(&none, argv);
  auto* zone = sg4::create_full_zone("zone");
  auto* host = zone->create_host("host", 1e9);
  zone->seal();
  std::mt19937_64 random(1);
  std::exponential_distribution<double> service(1.0);
  std::exponential_distribution<double> gap(rate);
  std::vector<sg4::SemaphorePtr> line;
  for (int i = 0; i < stations; i++)
    line.push_back(sg4::Semaphore::create(servers));
  double total = 0;
  sg4::Actor::create("source", host, [&]() {
    for (long i = 0; i < customers; i++) {
      sg4::Actor::create("customer", host, [&]() {
        const double came = sg4::Engine::get_clock();
        for (auto& station : line) {
          station->acquire();
          sg4::this_actor::sleep_for(service(random));
          station->release();
        }
        total += sg4::Engine::get_clock() - came;
      });
      sg4::this_actor::sleep_for(gap(random));
    }
  });
  const std::clock_t started = std::clock();
  engine.run();
  std::printf("{\"cpuS\": %.6f, \"mean\": %.6f}\n", double(std::clock() - started) / CLOCKS_PER_SEC, total / customers);
}

/* Contacts of a machine. A contact counts once it has been the same for 50 ms; a fault counts more than running. */
#include "roost/drivers.h"

const struct roost_sensor_traits roost_machine_traits[1] = {{.kind = "contact", .quantity = "machine", .unit = "1", .lo = 0, .hi = 2}};

static uint8_t look(const struct roost_machine *device) {
  bool is_running = device->running.is_high(device->running.ctx) != device->is_active_low;
  bool has_fault = device->fault.is_high && device->fault.is_high(device->fault.ctx) != device->is_active_low;
  return has_fault ? 2 : is_running ? 1 : 0;
}

void roost_machine_poll(struct roost_machine *device, uint64_t now_ms) {
  uint8_t seen = look(device);
  if (!device->has_state || seen != device->candidate) {
    device->candidate = seen;
    device->since_ms = now_ms;
    if (!device->has_state) device->stable = seen;
    device->has_state = true;
  }
  if (now_ms - device->since_ms >= ROOST_DEBOUNCE_MS) device->stable = device->candidate;
}

static int start(void *ctx, uint64_t now_ms) {
  roost_machine_poll(ctx, now_ms);
  return ROOST_OK;
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct roost_machine *device = ctx;
  (void)quantity;
  roost_machine_poll(device, now_ms);
  *raw = device->stable;
  return ROOST_OK;
}

void roost_machine_create(struct roost_machine *device, const struct roost_input *running, const struct roost_input *fault, bool is_active_low) {
  *device = (struct roost_machine){.running = *running, .is_active_low = is_active_low};
  if (fault) device->fault = *fault;
}

struct roost_driver roost_machine_driver(struct roost_machine *device) {
  return (struct roost_driver){.ctx = device, .start = start, .read = read_value};
}

/* What hangs on this node's pins, as Kconfig says. A device that cannot be opened is told by its sensor, which then is FAILED. */
#include <math.h>

#include "esp_log.h"

#include "app.h"

enum { CO2_BAUD = 9600, CO2_UART = 1, POWER_UART = 0, BME280_ADDRESS = 0x76, FALLBACK_MS = 600000, CARD_BYTES = 16 << 20 };

static const char TAG[] = "roost";

static struct {
  struct roost_sensor sensors[16];
  struct roost_channel channels[ROOST_NODE_CHANNELS_MAX];
  uint8_t sensor_count, channel_count;
  struct roost_i2c i2c;
  struct roost_bme280 bme280;
  struct roost_driver bme280_driver;
  struct roost_sensor *temp;
#if CONFIG_ROOST_SCD41
  struct roost_scd41 scd41;
  struct roost_driver scd41_driver;
#endif
#if CONFIG_ROOST_S8
  struct roost_modbus co2_bus;
  struct roost_s8 s8;
  struct roost_driver s8_driver;
#endif
#if CONFIG_ROOST_DS18B20
  struct roost_one_wire one_wire;
  struct roost_ds18b20 probe;
  struct roost_driver probe_driver;
#endif
#if CONFIG_ROOST_DHT22
  struct roost_pulse_line line;
  struct roost_dht22 dht22;
  struct roost_driver dht22_driver;
#endif
#if CONFIG_ROOST_POWER_PHASES
  struct roost_modbus power_bus;
  struct roost_pzem meters[CONFIG_ROOST_POWER_PHASES];
  struct roost_driver meter_drivers[CONFIG_ROOST_POWER_PHASES];
#endif
#if CONFIG_ROOST_MICROPHONE
  struct roost_microphone microphone;
  struct roost_driver microphone_driver;
#endif
#if CONFIG_ROOST_MACHINE
  struct roost_machine machine;
  struct roost_driver machine_driver;
#endif
#if CONFIG_ROOST_WINDOW
  struct roost_window window;
  struct roost_actuator actuator;
  uint64_t window_now_ms;
#endif
#if CONFIG_ROOST_CARD
  struct roost_flash card;
#endif
} devices;

static void told(int err, const char *what) {
  if (err != ROOST_OK) ESP_LOGE(TAG, "no %s", what);
}

static struct roost_sensor *add_sensor(const char *id, const struct roost_driver *driver, uint8_t quantity, const struct roost_sensor_traits *traits) {
  struct roost_sensor *sensor = &devices.sensors[devices.sensor_count++];
  roost_sensor_create(sensor, id, driver, quantity, &traits[quantity]);
  return sensor;
}

static void add_channel(struct roost_sensor *main_sensor, struct roost_sensor *backup) {
  roost_channel_create(&devices.channels[devices.channel_count++], main_sensor, backup);
}

/* Temperature and humidity, each with a second sensor of another kind where the build has one. */
static void open_air(void) {
  struct roost_sensor *temp_backup = NULL, *rh_backup = NULL;
  told(esp32_i2c_open(&devices.i2c, PIN_I2C_SDA, PIN_I2C_SCL), "I2C");
  roost_bme280_create(&devices.bme280, &devices.i2c, BME280_ADDRESS);
  devices.bme280_driver = roost_bme280_driver(&devices.bme280);
  devices.temp = add_sensor("temp", &devices.bme280_driver, ROOST_BME280_TEMP, roost_bme280_traits);
  struct roost_sensor *rh = add_sensor("rh", &devices.bme280_driver, ROOST_BME280_RH, roost_bme280_traits);
#if CONFIG_ROOST_DS18B20
  static const uint8_t ALONE[8] = {0};
  told(esp32_one_wire_open(&devices.one_wire, PIN_ONE_WIRE), "1-Wire");
  roost_ds18b20_create(&devices.probe, &devices.one_wire, ALONE);
  devices.probe_driver = roost_ds18b20_driver(&devices.probe);
  temp_backup = add_sensor("temp-b", &devices.probe_driver, 0, roost_ds18b20_traits);
#endif
#if CONFIG_ROOST_DHT22
  told(esp32_pulse_open(&devices.line, PIN_DHT22), "DHT22 line");
  roost_dht22_create(&devices.dht22, &devices.line);
  devices.dht22_driver = roost_dht22_driver(&devices.dht22);
  rh_backup = add_sensor("rh-b", &devices.dht22_driver, ROOST_DHT22_RH, roost_dht22_traits);
  if (!temp_backup) temp_backup = add_sensor("temp-b", &devices.dht22_driver, ROOST_DHT22_TEMP, roost_dht22_traits);
#endif
  add_channel(devices.temp, temp_backup);
  add_channel(rh, rh_backup);
}

static void open_co2(void) {
  struct roost_sensor *found[2] = {NULL, NULL};
  unsigned count = 0;
#if CONFIG_ROOST_SCD41
  roost_scd41_create(&devices.scd41, &devices.i2c);
  devices.scd41_driver = roost_scd41_driver(&devices.scd41);
  found[count++] = add_sensor("co2", &devices.scd41_driver, ROOST_SCD41_CO2, roost_scd41_traits);
#endif
#if CONFIG_ROOST_S8
  told(esp32_uart_open(&devices.co2_bus.uart, CO2_UART, PIN_CO2_TX, PIN_CO2_RX, CO2_BAUD), "UART of the CO2 sensor");
  roost_s8_create(&devices.s8, &devices.co2_bus);
  devices.s8_driver = roost_s8_driver(&devices.s8);
  found[count] = add_sensor(count ? "co2-b" : "co2", &devices.s8_driver, 0, roost_s8_traits);
  count++;
#endif
  if (count > 0) add_channel(found[0], found[1]);
}

#if CONFIG_ROOST_POWER_PHASES
static void open_power(void) {
  static const char *const VOLTS[] = {"mains-1", "mains-2", "mains-3"}, *const WATTS[] = {"power-1", "power-2", "power-3"};
  told(esp32_uart_open(&devices.power_bus.uart, POWER_UART, PIN_POWER_TX, PIN_POWER_RX, CO2_BAUD), "UART of the power meters");
  for (uint8_t i = 0; i < CONFIG_ROOST_POWER_PHASES; i++) {
    roost_pzem_create(&devices.meters[i], &devices.power_bus, (uint8_t)(i + 1));
    devices.meter_drivers[i] = roost_pzem_driver(&devices.meters[i]);
    add_channel(add_sensor(VOLTS[i], &devices.meter_drivers[i], ROOST_PZEM_VOLTAGE, roost_pzem_traits), NULL);
    add_channel(add_sensor(WATTS[i], &devices.meter_drivers[i], ROOST_PZEM_POWER, roost_pzem_traits), NULL);
  }
}
#endif

#if CONFIG_ROOST_MICROPHONE
static void open_microphone(void) {
  enum { INMP441_DBFS = -26 };
  told(esp32_microphone_open(PIN_MIC_BCLK, PIN_MIC_WS, PIN_MIC_DATA), "microphone");
  roost_microphone_create(&devices.microphone, INMP441_DBFS);
  devices.microphone_driver = roost_microphone_driver(&devices.microphone);
  add_channel(add_sensor("sound", &devices.microphone_driver, 0, roost_microphone_traits), NULL);
}
#endif

#if CONFIG_ROOST_MACHINE
static void open_machine(void) {
  struct roost_input running, fault = {0};
  told(esp32_input_open(&running, PIN_MACHINE_RUNS), "machine input");
#if CONFIG_IDF_TARGET_ESP32S3
  told(esp32_input_open(&fault, PIN_MACHINE_FAULT), "machine input");
#endif
  roost_machine_create(&devices.machine, &running, &fault, true);
  devices.machine_driver = roost_machine_driver(&devices.machine);
  add_channel(add_sensor("machine", &devices.machine_driver, 0, roost_machine_traits), NULL);
}
#endif

#if CONFIG_ROOST_WINDOW
static int move_window(void *ctx, double percent, uint32_t ramp_s) {
  (void)ctx;
  return roost_window_move(&devices.window, percent, ramp_s, devices.window_now_ms);
}

static double window_position(void *ctx) {
  (void)ctx;
  return roost_window_position(&devices.window);
}

static void open_window(struct roost_node_setup *setup) {
  static const struct roost_window_settings SETTINGS = {.travel_steps = CONFIG_ROOST_WINDOW_TRAVEL_STEPS,
                                                        .steps_per_s = CONFIG_ROOST_WINDOW_STEPS_PER_S,
                                                        .min_percent = 0,
                                                        .max_percent = 100,
                                                        .closed_at_cel = CONFIG_ROOST_WINDOW_CLOSED_CEL,
                                                        .open_at_cel = CONFIG_ROOST_WINDOW_OPEN_CEL,
                                                        .failsafe_percent = 50,
                                                        .fallback_after_ms = FALLBACK_MS};
  struct roost_motor motor;
  told(esp32_motor_open(&motor, PIN_WINDOW_STEP, PIN_WINDOW_DIR, PIN_WINDOW_CLOSED), "window motor");
  if (roost_window_create(&devices.window, &SETTINGS, &motor) != ROOST_OK) return;
  devices.actuator = (struct roost_actuator){.id = "window-1", .move = move_window, .position = window_position};
  setup->actuators = &devices.actuator;
  setup->actuator_count = 1;
}

/* By its own thermostat when the hub has said nothing for ten minutes: the birds need air whoever is away. */
static void step_window(struct roost_node *node, uint64_t now_ms) {
  devices.window_now_ms = now_ms;
  bool is_known = devices.temp->state == ROOST_SENSOR_STABLE || devices.temp->state == ROOST_SENSOR_DEGRADED;
  if (roost_window_step(&devices.window, is_known ? devices.temp->value : (double)NAN, now_ms) == ROOST_ERR_TIMEOUT)
    roost_node_raise(node, ROOST_CODE_DAQ_ACTUATOR_STUCK, NULL, 0);
}
#endif

void app_devices_open(struct roost_node_setup *setup) {
  open_air();
  open_co2();
#if CONFIG_ROOST_POWER_PHASES
  open_power();
#endif
#if CONFIG_ROOST_MICROPHONE
  open_microphone();
#endif
#if CONFIG_ROOST_MACHINE
  open_machine();
#endif
#if CONFIG_ROOST_WINDOW
  open_window(setup);
#endif
#if CONFIG_ROOST_CARD
  const struct esp32_card_pins pins = {PIN_SD_CLK, PIN_SD_CMD, PIN_SD_D0, PIN_SD_D1, PIN_SD_D2, PIN_SD_D3};
  if (esp32_card_open(&devices.card, &pins, CARD_BYTES) == ROOST_OK) setup->flash = &devices.card;
#endif
#if CONFIG_IDF_TARGET_ESP32S3
  told(esp32_lamp_open(PIN_LED), "lamp");
#endif
  setup->channels = devices.channels;
  setup->channel_count = devices.channel_count;
}

void app_devices_step(struct roost_node *node, uint64_t now_ms) {
  (void)node;
  (void)now_ms;
#if CONFIG_ROOST_MICROPHONE
  esp32_microphone_take(&devices.microphone);
#endif
#if CONFIG_ROOST_MACHINE
  roost_machine_poll(&devices.machine, now_ms);
#endif
#if CONFIG_ROOST_WINDOW
  step_window(node, now_ms);
#endif
}

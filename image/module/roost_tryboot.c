// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Hands a restart's request for a trial to the Pi's firmware: `reboot "0 tryboot"`. Raspberry Pi's own kernel does so in its firmware
 * driver; Debian's, which is the mainline one, does not. The firmware keeps the flag over the reset and forgets it as it starts.
 */
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/reboot.h>
#include <linux/string.h>
#include <soc/bcm2835/raspberrypi-firmware.h>

/* Not in the mainline list of properties; a word of flags, of which bit 0 asks for the trial. */
#define SET_REBOOT_FLAGS ((enum rpi_firmware_property_tag)0x00038064)
#define FLAG_TRYBOOT 1u

static struct rpi_firmware *firmware;

static int on_reboot(struct notifier_block *block, unsigned long action, void *command)
{
	u32 flags = FLAG_TRYBOOT;
	int err;

	if (action != SYS_RESTART || !command || !strstr(command, "tryboot"))
		return NOTIFY_DONE;
	err = rpi_firmware_property(firmware, SET_REBOOT_FLAGS, &flags, sizeof(flags));
	if (err)
		pr_err("roost_tryboot: the firmware does not take the request: %d\n", err);
	else
		pr_info("roost_tryboot: the next start is a trial\n");
	return NOTIFY_DONE;
}

static struct notifier_block reboot_block = { .notifier_call = on_reboot };

static int __init roost_tryboot_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "raspberrypi,bcm2835-firmware");
	int err;

	/* No Pi: nothing to do, and no reason to complain at each start. */
	if (!node)
		return -ENODEV;
	firmware = rpi_firmware_get(node);
	of_node_put(node);
	if (!firmware)
		return -EPROBE_DEFER;
	err = register_reboot_notifier(&reboot_block);
	if (err)
		rpi_firmware_put(firmware);
	return err;
}

static void __exit roost_tryboot_exit(void)
{
	unregister_reboot_notifier(&reboot_block);
	rpi_firmware_put(firmware);
}

/* Loaded when the firmware's device appears, beside the driver that is built in. */
static const struct of_device_id roost_tryboot_ids[] = { { .compatible = "raspberrypi,bcm2835-firmware" }, {} };
MODULE_DEVICE_TABLE(of, roost_tryboot_ids);

module_init(roost_tryboot_init);
module_exit(roost_tryboot_exit);
MODULE_DESCRIPTION("Trial boots of the Raspberry Pi for mainline kernels");
MODULE_LICENSE("Dual MIT/GPL");

/*
 * Preloaded into RAUC 1.13: kernels of this year say how a verified device stands as "V -" (the second word is about error correction),
 * and this RAUC takes only "V". What it decides on, the first letter, is left as it is: a device on which a block failed says "C".
 * To be dropped with the first RAUC in Debian that reads the longer answer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/ioctl.h>
#include <linux/dm-ioctl.h>
#include <stdarg.h>
#include <string.h>

int ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int, unsigned long, ...);
	va_list rest;
	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);

	if (!next)
		next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	int result = next(fd, request, argument);
	if (result != 0 || request != (unsigned long)DM_TABLE_STATUS || !argument)
		return result;

	struct dm_ioctl *answer = argument;
	const size_t least = sizeof(struct dm_target_spec) + 2;
	if (answer->target_count != 1 || answer->data_start + least > answer->data_size)
		return result;
	struct dm_target_spec *target = (void *)((char *)argument + answer->data_start);
	char *status = (char *)(target + 1);
	if (strcmp(target->target_type, "verity") == 0 && status[0] == 'V' && status[1] == ' ')
		status[1] = '\0';
	return result;
}

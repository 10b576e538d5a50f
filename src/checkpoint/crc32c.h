/*
 * CRC-32C (Castagnoli; RFC 3720, section 12.1), the check of a checkpoint's
 * lines. Uses the processor's instruction if there is one.
 */
#ifndef CHECKPOINT_CRC32C_H
#define CHECKPOINT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of what came before (0 at the start) continued over len bytes. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

/* The same without the processor's help; for machines that lack it, and for comparing. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t len);

#endif

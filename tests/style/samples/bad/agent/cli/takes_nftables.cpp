// SPDX-License-Identifier: GPL-2.0-or-later
// refused: belongs to edge/
  #  include <nftables/libnftables.h>

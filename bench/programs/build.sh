#!/bin/sh
# Makes ../modules/NAME.wasm from NAME.c, for the names given or all; clang 22 made those that are committed.
cd "$(dirname "$0")" || exit 1
for p in ${@:-*.c}; do
  p=${p%.c}
  ${CLANG:-clang-22} --target=wasm32 -O2 -nostdlib -ffp-contract=off -Wall -Wl,--no-entry,--strip-debug \
    -mbulk-memory -msign-ext -mnontrapping-fptoint "$p.c" -o "../modules/$p.wasm" || exit 1
  chmod 644 "../modules/$p.wasm"
done

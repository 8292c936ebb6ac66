#!/bin/bash
declare -A counts
while read -r -a words; do
  for word in "${words[@]}"; do ((counts[$word]++)); done
done
for word in "${!counts[@]}"; do echo "$word ${counts[$word]}"; done | LC_ALL=C sort -k2,2nr -k1,1

kubectl -n office exec deployment/robot -- sh -c 'curl -s -m 3 -o /dev/null $SHOP_URL' >/dev/null 2>&1 && exit 0
say "robot의 SHOP_URL로는 아직 응답이 없습니다." "Nobody answers at the SHOP_URL of robot yet."
exit 1

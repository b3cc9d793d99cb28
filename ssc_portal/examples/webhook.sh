# Whether a message comes from the portal: its body in body.json, its three headers in variables.
secret=$(printf %s "${SSC_WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -t x1 | tr -d ' \n')
right=$({ printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat body.json; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret" -binary | openssl base64 -A)

age=$(($(date +%s) - WEBHOOK_TIMESTAMP))
case " $WEBHOOK_SIGNATURE " in
  *" v1,$right "*) said=genuine ;;
  *) said=refused ;;
esac
if [ "$age" -gt 300 ] || [ "$age" -lt -300 ]; then said=refused; fi
echo $said
[ $said = genuine ]

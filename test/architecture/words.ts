/** Verbs of the design, which mean the same in every room. */
export const sameVerbs: ReadonlySet<string> = new Set('give draw deliver complete withdraw report thank'.split(' '));

/** The words of file names: the glossary's (`docs/glossary.md`), and terms of the field. A riddle is not added but renamed. */
export const knownWords: ReadonlySet<string> = new Set(
  `
  abortable account accounts actions adapter address ambiguous animation announcements announcer app archive arguments arrival
  attempt audit auth batch begin behind binding bitmap block body buffer byte bytes cache cached call card ceremonies change characters
  chart check checks checksums choices chunk cipher claim classify client clock codes collection column command commit compact
  complete complexity concurrency conditions confirmed connection connections content context control counters crash create credentials
  csv data database day deadlines decode decrypt definitions deliver delivery dialect directory disk docs document
  download draw drop duplicates eligible encrypt encrypted encryption endpoint endpoints ends engine enter entry environment erase
  error errors event events exchange executables expire expiry export facts failure failures fair field file files flight
  focus folder folders for fork form format frame free from fs garbage gift gifts give givers group guard handlers hash head
  header headers health highlight histories history hourly hours icons id idle import in index inspect integrity isolation
  issues item jobs journal json key keyboard keys kind kinds language languages lapses layered leases ledger life limit line list listen listener
  listing lived load loaded lock log long macro mail main malformed mapping markdown markup me media merge messages metrics migrate
  migrations minimum missing modality move multipart name names negotiation next node notice notifications notify numbers
  object offline offload open openapi openid operations operator optional options origin over overlooked owed own page pages parameters parcel
  parsers parts passkey passkeys paths pdf pending pick picker place poll pool ports postgres predicates prefetch presigned
  preview primary private problem problems program progress purge quarantine query queue random ranges rate raw read
  reader reading reasons receive received reconcile reducer refresh rejection remote remove repair report reports
  request requests reservations reserve reset responses restore resume retry ring robin rotate round route routes row
  rows rpc rules run s3 scheduler schemas scripts scroll sealed secret secrets selected self serialization serializers
  serve server services settings share shared sheet shelves shorten shutdown sign signatures slots sniff source speed spool
  sqlite stacking stats status step storage store stream structure svg sweep sync syntaxes table tables take target
  test text thank thanks ticket tickets timeout totals transfer types unread unused unwrap upload uploader urls usage
  use users vault verbs verify version view viewer vocabulary wait watch watcher watching whole windows wish with withdraw work
  removal receipt message clean cleaned cleaner exif gif jpeg png staged tiff webp draft worker workers write blocked
  blocklist budget clamd compound disk images inspector inspectors launchers entries gunzip rules scanner tar webhook
  zip desk party record review withheld withhold daily other swap tier tiers admin bans decide decisions reviews
  unfinished uploads records blob one tab
  answers office appeal statement statements audio movie offer thumbnail veil invite seed thanked first steps panel backup copy firefox ogg
  after choice views polling
  room rooms accept clear definition code answer limits known
  sorts removed rendered csv reader
  round rounds times assignment dice close draw pieces counted mixed loop seat
  `
    .trim()
    .split(/\s+/),
);

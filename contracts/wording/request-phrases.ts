import type { Phrase } from './phrase.ts';

/** Kinds of values, by the schema library's names. */
const KINDS: readonly Phrase[] = [
  ['string', '文字'],
  ['number', '數字'],
  ['int', '整數'],
  ['boolean', '是或否'],
  ['object', '物件'],
  ['array', '陣列'],
  ['null', '空值'],
  ['undefined', '未提供'],
];

/** What is wrong with one field, in the words of the schema library (its English locale) and of our contracts. */
const FIELD_FAULTS: readonly Phrase[] = [
  ['Invalid input', '輸入不正確'],
  [
    'Invalid input: expected {?expected}, received {?received}',
    '輸入不正確：應為 {expected}，收到 {received}',
  ],
  ['Invalid input: expected {?expected}', '輸入不正確：應為 {expected}'],
  ['Invalid option: expected one of {options}', '選項不正確：應為 {options} 其中之一'],
  ['Invalid discriminator value. Expected {options}', '選項不正確：應為 {options} 其中之一'],
  ['Too small: expected string to have >={#least} characters', '太短：至少 {least} 個字元'],
  ['Too big: expected string to have <={#most} characters', '太長：最多 {most} 個字元'],
  ['Too small: expected array to have >={#least} items', '太少：至少 {least} 項'],
  ['Too big: expected array to have <={#most} items', '太多：最多 {most} 項'],
  ['Too small: expected {?kind} to be >={#least}', '太小：{kind} 至少為 {least}'],
  ['Too small: expected {?kind} to be >{#least}', '太小：{kind} 須大於 {least}'],
  ['Too big: expected {?kind} to be <={#most}', '太大：{kind} 至多為 {most}'],
  ['Too big: expected {?kind} to be <{#most}', '太大：{kind} 須小於 {most}'],
  ['Unrecognized key(s): {keys}', '無法辨識的欄位：{keys}'],
  ['Invalid ISO datetime', '並非 ISO 格式的時間'],
  ['Invalid ISO date', '並非 ISO 格式的日期'],
  ['Invalid number: must be a multiple of {#step}', '數字不正確：須為 {step} 的倍數'],
  ['Invalid key in {kind}', '{kind} 的鍵不正確'],
  ['holds a character that hides or reorders text', '含有會隱藏文字或改變文字順序的字元'],
  ['holds text that cannot be kept', '含有無法保存的文字'],
  ['is nested too deeply', '層級過深'],
  ['is given twice', '重複出現'],
  ['says why, in three letters at least', '須說明原因，至少三個字'],
  ['the number or the id of a version', '須為版本的編號或識別碼'],
  ['the value of `next` of the page before', '須為前一頁 `next` 的值'],
  ['retrain:MODEL:AS-OF', '格式為 `retrain:MODEL:AS-OF`'],
  ['a SHA-256 in lower-case hex', '須為小寫十六進位的 SHA-256'],
  ['YYYY-MM-DD', '格式為 YYYY-MM-DD'],
  ['a day of the calendar, YYYY-MM-DD', '須為存在的日期，格式為 YYYY-MM-DD'],
  [
    '2 to 48 characters: lower-case letters, digits, hyphens, a letter first',
    '2 至 48 個字元：小寫字母、數字、連字號，以字母開頭',
  ],
  ['2 to 64 characters: lower-case letters, digits, hyphens', '2 至 64 個字元：小寫字母、數字、連字號'],
  ['one line, no control characters', '須為單行，不含控制字元'],
  ['a label name, as in Prometheus', '須為 Prometheus 的標籤名稱'],
  ['at most {#most} labels', '最多 {most} 個標籤'],
  ['the request does not fit', '請求不符規定'],
];

/** The fault with the field that has it: `body.reason: Too small …`. */
const inField: readonly Phrase[] = [
  ['body.{field}: {?fault}', '欄位 {field}：{fault}'],
  ['query.{field}: {?fault}', '查詢參數 {field}：{fault}'],
  ['path.{field}: {?fault}', '路徑參數 {field}：{fault}'],
  ['body: {?fault}', '請求內容：{fault}'],
  ['query: {?fault}', '查詢參數：{fault}'],
  ['path: {?fault}', '路徑參數：{fault}'],
];

/** Why a token does not open this. */
const TOKENS: readonly Phrase[] = [
  ['this is no token of this installation: {?why}', '這不是此系統的權杖：{why}'],
  ['this token does not open this installation: {?why}', '此權杖無法用於此系統：{why}'],
  ['nobody was signed in: {?why}', '未能登入：{why}'],
  ['it is too long', '內容過長'],
  ['its signature or its claims do not fit', '簽章或聲明不符'],
  ['its claims do not fit', '聲明不符'],
  ['its claim {claim} names nobody', '聲明 {claim} 未指明任何人'],
  ['its claim {claim} gives no role here', '聲明 {claim} 在此未給予任何角色'],
  ['its times do not fit', '時間不符'],
  ['it is of another type', '類型不符'],
  ['the provider has not verified its address', '身分提供者尚未驗證其電子郵件'],
  ['the provider did not take the code', '身分提供者不接受此授權碼'],
  ['its token answers another request', '其權杖屬於另一個請求'],
  ['the signing key {file} cannot be used: {?why}', '簽章金鑰 {file} 無法使用：{why}'],
  ['it vanished while it was made', '建立時消失'],
  ['others can read it', '其他人可以讀取'],
  ['it is not a private key', '並非私密金鑰'],
  ['it is not an Ed25519 key', '並非 `Ed25519` 金鑰'],
  [
    'chmod 600 the file; or remove it, which makes every token given so far worthless',
    '請對該檔案執行 `chmod 600`；或將其移除，但先前發出的權杖將全部失效',
  ],
  ['the token has expired', '權杖已過期'],
  ['the token was called back', '權杖已撤銷'],
  ['tokens of this installation do not count here', '此處不接受本系統自發的權杖'],
  ['the identity provider {issuer} does not answer', '身分提供者 {issuer} 沒有回應'],
  ['the identity provider {issuer} does not give its keys', '身分提供者 {issuer} 未提供金鑰'],
  [
    'Make one: npm run contender -- token create --subject NAME --role quant-lead',
    '請建立權杖：`npm run contender -- token create --subject NAME --role quant-lead`',
  ],
  [
    'Make a new one: npm run contender -- token create',
    '請建立新的權杖：`npm run contender -- token create`',
  ],
  [
    'Sign in again at the identity provider; docs/identity.md says which claims are read',
    '請於身分提供者重新登入；會讀取哪些聲明見 `docs/identity.md`',
  ],
  ['Sign in at the identity provider (setting localTokens)', '請於身分提供者登入（設定 `localTokens`）'],
  ['Sign in again', '請重新登入'],
  ['Begin again at the sign-in page', '請從登入頁重新開始'],
  ['Begin again', '請重新開始'],
  ['Ask an admin for a new one', '請向管理員索取新的權杖'],
  ['Check oidcIssuer, and that this machine reaches it', '請檢查 `oidcIssuer`，並確認本機可連線至該處'],
  [
    'Check oidcIssuer and oidcJwksUrl, and that this machine reaches them',
    '請檢查 `oidcIssuer` 與 `oidcJwksUrl`，並確認本機可連線至該處',
  ],
];

/** Requests that the API does not take, whoever sends them and whatever the state of things; failures behind it. */
export const REQUEST_PHRASES: readonly Phrase[] = [
  ...KINDS,
  ...FIELD_FAULTS,
  ...inField,
  ...TOKENS,

  // Who asks, and from where.
  ['nobody is signed in', '尚未登入'],
  [
    'Send a bearer token (npm run contender -- token create), or sign in: POST /api/v1/session',
    '請附上權杖（`npm run contender -- token create`），或登入：`POST /api/v1/session`',
  ],
  ['the Authorization header holds no bearer token', '`Authorization` 標頭沒有權杖'],
  [
    'Send "Authorization: Bearer TOKEN"; made by: npm run contender -- token create',
    '請送出 `Authorization: Bearer TOKEN`；建立方式：`npm run contender -- token create`',
  ],
  ['the session has ended', '登入已結束'],
  ['no session was opened', '未能建立登入'],
  ['this sign-in was not begun in this browser, or long ago', '此次登入並非從這個瀏覽器開始，或已隔太久'],
  ['this sign-in took longer than ten minutes', '此次登入超過十分鐘'],
  ['{subject} has none of the roles {roles} here', '{subject} 在此沒有下列任何角色：{roles}'],
  ['Ask somebody who has, or use a token with that role', '請找具有該角色的人，或使用具有該角色的權杖'],
  ['the request was sent to a name that is not ours', '請求送往的主機名稱不屬於本系統'],
  [
    'Use 127.0.0.1 or localhost, or set apiPublicUrl',
    '請使用 `127.0.0.1` 或 `localhost`，或設定 `apiPublicUrl`',
  ],
  ['a page of another origin sent this', '此請求由其他網站的頁面送出'],
  ['Use the dashboard itself', '請直接使用本系統的頁面'],
  ['the request lacks the token of the page', '請求缺少頁面的憑證'],
  [
    'Send X-CSRF-Token as GET /api/v1/session gives it',
    '請依 `GET /api/v1/session` 的內容送出 `X-CSRF-Token`',
  ],
  ['the ticket was used, has run out, or was never given', '通行碼已使用、已過期，或從未發出'],
  ['Ask for another one: POST /api/v1/live/tickets', '請重新索取：`POST /api/v1/live/tickets`'],

  // How often and how much.
  ['more than {#rate} requests a second', '每秒超過 {rate} 個請求'],
  ['Repeat after the time in Retry-After', '請於 `Retry-After` 所示時間後再試'],
  ['{#files} files are being sent already', '已有 {files} 個檔案傳送中'],
  ['Wait for Retry-After', '請等候 `Retry-After` 所示時間'],
  ['too many live views are open', '開啟的即時檢視過多'],
  ['Close one of them', '請關閉其中一個'],
  ['Request body is too large', '請求內容過大'],
  ['Send less at once', '請減少一次送出的內容'],

  // What was sent.
  ['GET /api/v1/openapi.json says what the operation takes', '此操作接受的內容見 `GET /api/v1/openapi.json`'],
  ['GET /api/v1/openapi.json lists what is', '可用的路徑見 `GET /api/v1/openapi.json`'],
  ['{method} is not offered at this path', '此路徑不支援 {method}'],
  ['It takes {methods}', '支援的方法：{methods}'],
  ['the body has to be the bytes of a file', '內容必須是檔案的位元組'],
  ['the body has to be JSON, not raw bytes', '內容必須是 `JSON`，不是位元組'],
  ['Send it with "Content-Type: {type}"', '請以 `Content-Type:` {type} 送出'],
  [
    'Send a JSON object with "Content-Type: application/json", or what the operation says it takes',
    '請以 `Content-Type: application/json` 送出 `JSON` 物件，或依操作說明的內容送出',
  ],
  ['Send JSON as application/json', '請以 `application/json` 送出 `JSON`'],
  ['the request was refused', '請求遭拒絕'],
  ['a part of the path is too long', '網址有一部分過長'],
  ['Names have at most 48 characters, ids 120', '名稱最多 48 個字元，識別碼最多 120 個字元'],
  ['Name every key of an object once', '物件中每個欄位只能出現一次'],
  ['the body nests deeper than {#deepest} arrays and objects', '內容的陣列與物件超過 {deepest} 層'],
  [
    'Send the shape that the OpenAPI document shows; nothing in it nests deeper than ten',
    '請依 `OpenAPI` 文件的結構送出；其中沒有超過十層者',
  ],
  ['the headers of the request are too large', '請求標頭過大'],
  ['Send fewer or shorter headers; a token has at most 8 KiB', '請減少或縮短標頭；權杖最多 8 `KiB`'],
  ['what came is no HTTP request', '收到的不是 `HTTP` 請求'],
  [
    'Look for what stands between: a proxy, TLS sent to a plain port, a wrong Content-Length',
    '請檢查中間的環節：代理伺服器、以 `TLS` 連到未加密的連接埠、錯誤的 `Content-Length`',
  ],
  ['the request did not arrive as a whole in time', '請求未在時限內完整送達'],
  ['Send it again over a faster line, or in smaller parts', '請以較快的連線重送，或分成較小的部分'],

  // Once, and as it was read.
  [
    'the header Idempotency-Key is missing or not 8 to 200 printable characters',
    '缺少 `Idempotency-Key` 標頭，或並非 8 至 200 個可見字元',
  ],
  [
    'Send one that is new for every new request and the same for its repetitions, such as a UUID',
    '每個新請求請用新的識別鍵，重送時沿用原來的，例如 `UUID`',
  ],
  ['the Idempotency-Key {key} belongs to another request', '識別鍵 {key} 屬於另一個請求'],
  ['Use a new key for a new request', '新的請求請用新的識別鍵'],
  ['the same request is being carried out', '相同的請求正在處理中'],
  [
    'Wait for its answer, or ask again with the same Idempotency-Key in a moment',
    '請等候其結果，或稍後以相同的 `Idempotency-Key` 再送一次',
  ],
  ['it is not as it was when you read it', '內容已與您閱讀時不同'],
  ['Read it again and decide anew', '請重新閱讀後再作決定'],

  // Matchers of a silence.
  ['{matcher} is not a matcher: {?why}', '{matcher} 不是比對條件：{why}'],
  ['its value is longer than {#longest}', '值超過 {longest} 個字元'],
  ['its expression does not compile: {why}', '運算式無法編譯：{why}'],
  ['it has no name and operator', '缺少名稱與運算子'],
  [
    'Write an expression of Prometheus without flags, look-arounds and back-references',
    '請寫 Prometheus 的運算式，不含旗標、環視與反向參照',
  ],

  // Parts that fail.
  ['a failure nobody foresaw; the log has it under this instance', '未預期的錯誤；詳情見紀錄檔中的此編號'],
  ['Report it with the lines of the log around this instance', '請連同紀錄檔中此編號前後的內容回報'],
  ['the registry does not answer: {?why}', '登錄庫沒有回應：{why}'],
  ['the registry was too busy: {?why}', '登錄庫忙碌中：{why}'],
  ['Temporal has no namespace {namespace}', 'Temporal 沒有命名空間 {namespace}'],
  [
    'Make it with `temporal operator namespace create --namespace {namespace}`, or correct the setting temporalNamespace or replayNamespace',
    '請執行 `temporal operator namespace create --namespace` {namespace} 建立，或更正設定 `temporalNamespace` 或 `replayNamespace`',
  ],
  ['Free space on the disk, or move the data folder', '請清出磁碟空間，或移動資料夾'],
  [
    'This is a defect of Contender; the stack is shown with CONTENDER_LOG_LEVEL=debug',
    '這是本系統的缺陷；以 `CONTENDER_LOG_LEVEL=debug` 可看到呼叫堆疊',
  ],
];

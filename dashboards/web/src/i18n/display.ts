/** Texts of what surrounds the pages: the wall display, commands to paste, lists that go on. */
export const displayEn = {
  'table.older': 'Show older rows',
  copied: 'Copied',
  copy: 'Copy',
  'nav.wall': 'Wall display',
  'page.none.what': 'Look at the address, or begin at the',
  'clock.taiwan': '{time} in Taiwan',
  'retrain.report': 'Report',
  'retrain.report.what':
    'What it did and why it ended as it did, on paper; --language zh-TW writes it in Chinese.',
  'wall.leave': 'Back to the pages',
  'wall.lost': 'Not live: what is shown is of {at}',
  'wall.more': '{count, plural, one {# more alert} other {# more alerts}}',
} as const;

export const displayZhTw = {
  'table.older': '顯示較舊的資料列',
  copied: '已複製',
  copy: '複製',
  'nav.wall': '看板模式',
  'page.none.what': '請檢查網址，或從這裡開始：',
  'clock.taiwan': '台灣時間 {time}',
  'retrain.report': '報告',
  'retrain.report.what': '說明這次重新訓練的過程與結果，可列印；加上 --language zh-TW 輸出中文。',
  'wall.leave': '返回頁面',
  'wall.lost': '未即時更新：畫面為 {at} 的資料',
  'wall.more': '另有 {count} 則警示',
} as const;

import type { enDecision } from './en-decision.ts';

/** 決定摘要與各關卡的提問，繁體中文。 */
export const zhTwDecision: Readonly<Record<keyof typeof enDecision, string>> = {
  'approval.half-life': 'Rank IC 半衰期：{sessions} 個交易日（95 %：{low} 至 {high}），由各持有期之 IC 推估',
  'approval.half-life.unknown': 'Rank IC 半衰期：無法識別（{reason}）',
  'list.and': '、',
  'short.title': '決定摘要',
  'short.changes': '會改變什麼？',
  'short.sure': '把握有多大？',
  'short.wrong': '可能出什麼問題？',
  'short.look': '謹慎的同事會提醒什麼？',
  'short.next': '按下「核准」後會如何？',
  'short.decide': '前往決定',
  'short.contents': '本頁內容',

  'short.instead': '由第 {version} 版取代第 {champion} 版（自 {since} 起為現行版本）上線。',
  'short.first': '第 {version} 版將成為 {model} 的首個現行版本；目前沒有任何版本上線。',
  'short.probation': '以試用方式採用：簽核者即接受其有一項關卡未通過。',
  'short.route.first': '沒有現行版本可比較：以空手為比較基準。',
  'short.route.new-recipe': '這是新的模型設定，必須優於現行模型設定。',
  'short.route.refresh': '這是以較新資料重新訓練的現行模型設定，必須不劣於現行版本；不要求更好。',
  'short.route.new-recipe.unasked':
    '這是新的模型設定，但其規格並未要求優於現行版本：比較兩者的關卡僅供參考或已關閉。',
  'short.route.refresh.unasked': '其規格並未要求檢查是否較差：比較候選版本與現行版本的關卡僅供參考或已關閉。',
  'short.book': '投資組合：新增 {entering} 檔、移除 {leaving} 檔、保留 {kept} 檔，週轉率 {share}。',
  'short.book.of':
    '投資組合：新增 {entering} 檔、移除 {leaving} 檔、保留 {kept} 檔，週轉率 {share}，金額 {notional}（規模 {capital}）。',
  'short.same-rules': '訓練所依的規則（規格）與現行版本相同。',
  'short.other-rules': '訓練所依的規則（規格）與現行版本有 {count} 處不同：{fields}。',
  'short.names': '新增：{entering}。移除：{leaving}。保留：{staying}。',
  'short.names.moving': '新增：{entering}。移除：{leaving}。',
  'short.loosened': '候選版本規格放寬的項目：{fields}；同意者：{person}。',
  'short.loosened.champion': '較現行版本規格寬鬆的項目：{fields}。',
  'short.loosened.none': '未放寬任何項目：候選版本規格的關卡、門檻、成本與簽核要求，皆不低於現行版本的規格。',

  'short.no-gates': '沒有關卡報告。',
  'short.all-gates': '計入的 {count} 項關卡全部通過。',
  'short.some-gates': '計入的 {count} 項關卡中有 {passed} 項通過。',
  'short.missed': '未通過：{gates}。',
  'short.waived': '豁免 {count} 項關卡，即未通過但予以接受：{gates}；豁免者：{people}。',
  'short.nearest':
    '在已通過且有抽樣誤差的 {of} 項檢查中，以標準誤衡量最接近未通過者：{gate}。還要再差 {distance} 個標準誤才會未通過（{scale}）。',
  'short.nearest.least':
    '在有抽樣誤差的檢查中，最接近門檻者：{gate}，為 {number}，要求 {bound}。至少還要再差 {distance} 個標準誤才會未通過。',
  'short.nearest.none': '通過的檢查都沒有可量測的誤差，因此無從說何者最接近未通過。',
  'short.tested':
    '測試期間，未曾用於學習的 {count} 個交易日（{first} 至 {last}），扣除成本後：年化報酬 {return}，夏普比率 {sharpe}。',
  'short.tested.shared':
    '模型設定本身（候選版本與現行版本共用）在測試期間、全部測試折的 {count} 個交易日（{first} 至 {last}），扣除成本後：年化報酬 {return}，夏普比率 {sharpe}。這無法區分兩個模型的優劣。',
  'short.tested.beside':
    '測試期間，未曾用於學習的 {count} 個交易日（{first} 至 {last}），扣除成本後：年化報酬 {return}，夏普比率 {sharpe}；現行模型設定在相同交易日為 {otherReturn} 與 {other}。',
  'short.impact':
    '此處報酬皆已扣除成本，但未計入市場衝擊。投資組合規模為 {capital} 時，該測試（{sessions} 個交易日）扣除衝擊與最低手續費後，年化報酬剩 {after}，夏普比率 {sharpe}。',
  'short.impact.part':
    '此處報酬皆已扣除成本，但未計入市場衝擊。投資組合規模為 {capital} 時，該測試（{sessions} 個交易日）扣除衝擊與最低手續費後，年化報酬剩 {after}，夏普比率 {sharpe}；其中未計入成交值不明之標的的衝擊，占交易金額 {unknown}。',
  'short.impact.none': '此處報酬皆已扣除成本，但未計入市場衝擊；以此規模，衝擊會吃掉多少並未量測。',
  'short.weighed':
    '折減後夏普比率 {dsr}（測試期間 {sessions} 個交易日）無法消除這個疑問：它問的是這個數字是否出於運氣，並把試過的模型設定組數與其成果的差異視為已知。用到未來的值、價格錯誤或漏計成本都不是運氣，同樣會把它推高。',
  'short.no-worse':
    '現行版本最後一個標籤之後的 {count} 個交易日，兩者皆以未學習過該日的模型預測：{sharpe}（{bound}；要求不低於 {allowed}）。',
  'short.counts':
    '交易日數為何不同：{folds} 個屬於模型設定的全部測試折；{since} 個在現行版本最後一個標籤之後，現行版本與代表候選版本的測試折模型皆未學習過；{shadow} 個為候選版本產生後的平行測試。',
  'short.luck':
    '運氣：至今共試過 {count} 組模型設定。全部計入後，其測試期間 {sessions} 個交易日的夏普比率並非僅靠運氣的機率為 {dsr}。',
  'short.luck.sharpe':
    '換成年化夏普比率：其值為 {own}，而 {count} 組毫無能力的模型設定中最佳者預期可達 {luck}。真實夏普比率超過 {luck} 的機率為 {dsr}。',
  'short.overfitted':
    '過度配適：在測試期間 {sessions} 個交易日的一半選出的模型設定，於另一半落後的情形，在 {splits} 種對半分法中有 {count} 種。',

  'short.fall':
    '測試期間（全部測試折 {count} 個交易日）最大回撤為 {own}（現行模型設定 {other}）；日後可能更大。',
  'short.fall.alone': '測試期間（全部測試折 {count} 個交易日）最大回撤為 {own}；日後可能更大。',
  'short.shadow.alone': '已平行測試 {count} 個交易日。這表示能正常運作，並不表示能獲利。',
  'approval.effect.first':
    '最後一位簽核後，候選版本將以換版序號 {epoch} 在所有伺服器上線：換版時段開放中即立即換版，否則於下一個時段。在此之前沒有版本上線，因此也沒有可回復的版本。',
  'short.shadow.money':
    '已與現行版本平行測試 {count} 個交易日。這表示能正常運作，並不表示賺得更多：期間如此短，每日領先須達 {daily} bp（以規模 {capital} 計為每日 {money}），在 {level} % 信賴水準下才有八成機會驗出。{sample}，{lead}；一般單日兩者相差 {deviation} bp。',
  'short.shadow.daily':
    '已與現行版本平行測試 {count} 個交易日。這表示能正常運作，並不表示賺得更多：期間如此短，每日領先須達 {daily} bp，在 {level} % 信賴水準下才有八成機會驗出。{sample}，{lead}；一般單日兩者相差 {deviation} bp。',
  'short.shadow':
    '已與現行版本平行測試 {count} 個交易日。這表示能正常運作，並不表示賺得更多：期間如此短，夏普比率領先須達 {least}，在 {level} % 信賴水準下才有八成機會驗出。',
  'short.shadow.blind':
    '已與現行版本平行測試 {count} 個交易日。這表示能正常運作，並不表示賺得更多：任何幅度的領先都無從驗出。',
  'short.no-shadow': '從未與現行版本平行測試。',
  'short.advice': '僅供參考的檢查中未通過：{gates}。',
  'short.not-live': '以上皆為歷史與模擬結果，尚未決定過任何一筆交易。',

  'short.last-signature':
    '再一個簽核即足夠：第 {version} 版隨後於換版時段內，以換版序號 {epoch} 在所有伺服器上線。',
  'short.all-signed': '簽核已齊：第 {version} 版將於換版時段內，以換版序號 {epoch} 在所有伺服器上線。',
  'short.window.now': '換版時段目前開放：最後一位簽核後立即換版。',
  'short.window.until': '換版時段目前開放，至 {until} 開盤為止；之後的簽核須等該交易日結束。',
  'short.window.from': '換版時段於該交易日的決定完成後開始：{from}。',
  'short.first-session': '若現在完成最後一個簽核，首個依其評分交易的交易日為 {session}（市場日期）。',
  'short.one-of': '尚缺 {missing} 個簽核。最後一位簽核後第 {version} 版才會上線，而非在您簽核之後。',
  'short.way-back': '如何回復：每台伺服器仍保持載入第 {champion} 版。每頁上方的「回復前版」可回到該版本。',
  'guard.rolls-back': '上線監控在其擔任現行版本期間持續監看，任一門檻遭超出時自動回復。',
  'guard.only-tells':
    '不會自動回復：任一門檻遭超出時，此模型的上線監控僅通知人員（guard.autoRollback 已關閉）。',
  'guard.bounds.results':
    '績效門檻，超出一次即算：經檢定劣於第 {champion} 版（實際上同樣好而被誤判的機率，在整段上線期間至多 {rate}）；或最大回撤比第 {champion} 版深超過 {drawdown} 個百分點，且非運氣所能解釋。',
  'guard.bounds.answers':
    '評分門檻，{failed, plural, =1 {# 個交易日} other {連續 # 個交易日}}超出即算：無法評分；分數缺漏或全無差異；排序與第 {champion} 版相反（等級相關低於 {agreement}，或遠低於兩者的常態）。',
  'guard.pages':
    '下列情形僅通知人員：{inconclusive, plural, =1 {# 個交易日} other {連續 # 個交易日}}無法得出結論，或{errors, plural, =1 {# 個交易日} other {連續 # 個交易日}}無法量測。',
  'guard.brakes':
    '下列情形不自動回復，改為詢問人員：距上次自動回復未滿 {cooldown} 個交易日；或 24 小時內已自動回復 {most} 次，此時模型隨即凍結。',
  'guard.brakes.at-once': '24 小時內已自動回復 {most} 次時不再自動回復，改為詢問人員，模型隨即凍結。',
  'guard.bounds.unknown': '此規格由較早的版次寫成，未載明全部門檻：未載明者依預設值。',
  'short.no-way-back': '如何回復：沒有更早的版本。可凍結或設為「停止使用」。',
  'short.reject': '「駁回」會結束此次重新訓練；第 {champion} 版繼續沿用。',
  'short.reject.first': '「駁回」會結束此次重新訓練；仍然沒有現行版本。',
  'short.expires': '若至 {at} 仍未決定，即結束而不升版，與駁回相同。',
  'short.expires.replay': '若至 {at}（實際時間，非市場時間）仍未決定，即結束而不升版，與駁回相同。',

  'short.all-gates.wide': '計入的 {count} 項關卡全部通過，但其中 {wide} 項的門檻幾乎任何結果都能通過。',
  'short.some-gates.wide':
    '計入的 {count} 項關卡中有 {passed} 項通過，而這 {passed} 項中有 {wide} 項的門檻幾乎任何結果都能通過。',
  'short.waived.none': '沒有豁免任何關卡（0 項）。',
  'short.waived.unneeded': '另有 {count} 項豁免並無必要：{gates}；豁免者：{people}。',
  'short.nearest.far':
    '在已通過且有抽樣誤差的 {of} 項檢查中，以標準誤衡量沒有任何一項接近未通過。相對最近者仍在門檻內 {distance} 個標準誤（{scale}）：{gate}。',
  'short.nearest.wide': '其門檻不具約束力。',
  'with-numbers': '{name}（{number}，{bound}{sample}）',
  'at-least': '至少 {number}',
  'scale.standard-errors': '依該數值的標準誤計算',
  'scale.p-value': '依其 p 值與顯著水準的常態分位數計算',
  'scale.confidence': '依兩個機率的常態分位數計算',
  'scale.resampled': '依重抽樣的歷史中該數值的變動幅度計算',
  'lower-bound': '{level} % 信賴下界 {number}',
  'lower-bound.unknown': '下界 {number}（未記錄信賴水準）',
  'sample.behind': '；',
  'sample.test': '測試期間 {sessions} 個交易日',
  'sample.since': '現行版本最後一個標籤之後 {sessions} 個交易日',
  'sample.onset': '衰退開始以來 {sessions} 個交易日',
  'sample.on.test': '測試期間（全部測試折 {sessions} 個交易日）',
  'sample.on.since': '現行版本最後一個標籤之後的 {sessions} 個交易日',
  'who.candidate': '候選版本',
  'who.champion': '現行版本',
  'who.recipe': '現行模型設定',
  'lead.in.sharpe': '夏普比率',
  'lead.in.daily': '平均報酬',
  'lead.in.annual': '年化報酬',
  'lead.by.sharpe': ' {amount}',
  'lead.by.daily': '每日 {amount} bp',
  'lead.by.annual': ' {amount} 個百分點',
  'lead.ahead': '{who}的{measure}領先{whom}{by}',
  'lead.behind': '{who}的{measure}落後{whom}{by}',
  'lead.level': '{who}與{whom}的{measure}相當，相差{by}',
  'short.tested.beside.led':
    '測試期間，未曾用於學習的 {count} 個交易日（{first} 至 {last}），扣除成本後：年化報酬 {return}，夏普比率 {sharpe}；現行模型設定在相同交易日為 {otherReturn} 與 {other}。即{inReturn}；{inSharpe}。',
  'short.no-worse.daily':
    '現行版本最後一個標籤之後的 {count} 個交易日，兩者皆以未學習過該日的模型預測：{sharpe}（{bound}；要求不低於 {allowed}）；{daily}。',
  'short.fall.shared':
    '模型設定本身（候選版本與現行版本共用）在測試期間（全部測試折 {count} 個交易日）最大回撤為 {own}；日後可能更大。',
  'short.fall.since':
    '現行版本最後一個標籤之後的 {count} 個交易日，候選版本最大回撤為 {own}，現行版本為 {other}。',
  'short.largest-trade':
    '投資組合規模為 {capital} 時，測試期間（{count} 個交易日）最大一筆交易占 {name} 日均成交值的 {share}（{session}）；交易金額的 95 % 不超過 {usual}，容許 {bound}。',
  'short.largest-trade.refused':
    '以上說的是單筆交易的大小；能否成交是另一回事：因收盤時暫停交易、漲跌停或禁止放空而無法成交者，占欲交易筆數 {refused}。',

  'caution.title': '異常檢視',
  'caution.note': '謹慎的同事會問、但沒有關卡會問的事。結果記錄於證據之下，不影響判定。',
  'caution.old': '此報告由較早的版次產生，當時尚未檢視是否好得不像真的，或證據是否過於單薄。',
  'caution.none':
    '另就關卡未涵蓋的 {count} 件事進行異常檢視（是否好得不像真的、證據是否單薄、門檻是否不具約束力），未見異常。',
  'caution.looked-at': '檢視項目',
  'caution.result': '結果',
  'caution.raised': '異常',
  'caution.usual': '正常',
  'caution.not-measured': '未量測',
  'caution.bound': '視為異常的範圍',
  'caution.sentence': '意義',
  'caution.title.sharpe-too-good': '候選版本的年化夏普比率',
  'caution.title.benchmark-too-good': '現行模型設定的年化夏普比率',
  'caution.title.leap': '夏普比率的領先幅度',
  'caution.title.rank-ic-too-good': '平均 Rank IC',
  'caution.title.pbo-among-few': '低 PBO 背後的獨立模型設定組數',
  'caution.title.one-regime': '測試中單一市況的占比',
  'caution.title.few-observations': 'Rank IC 的獨立觀測數',
  'caution.title.few-paired-observations': '與現行版本比較的獨立觀測數',
  'caution.title.few-sessions-carry': '最佳數日占獲利的比重',
  'caution.title.few-names-carry': '最佳單一標的占獲利的比重',
  'caution.title.wide-bounds': '不具約束力的門檻',
  'caution.title.switched-off': '已關閉的關卡',
  'caution.title.wide-shadow': '平行測試中不具約束力的門檻',
  'caution.sharpe-too-good':
    '好得不像真的？測試期間（{sessions} 個交易日）扣除成本後年化夏普比率為 {number}；已發表的股票策略未見超過 {bound} 者。請先查明是否有錯誤。',
  'caution.benchmark-too-good':
    '好得不像真的？現行模型設定在測試期間（{sessions} 個交易日）的夏普比率就有 {number}，已發表的策略不超過 {bound}：可能是資料或成本假設讓所有模型設定都顯得太好。',
  'caution.leap':
    '好得不像真的？測試期間（{sessions} 個交易日）夏普比率領先現行模型設定 {number}；{bound} 已相當於多數公開策略的全部。',
  'caution.leap.error':
    '好得不像真的？測試期間（{sessions} 個交易日）夏普比率領先現行模型設定 {number}。真正領先 {most}（已相當於多數公開策略的全部）時，每二十次測試只有一次會純因運氣而達 {bound} 以上。',
  'caution.rank-ic-too-good':
    '好得不像真的？測試期間（{sessions} 個交易日）平均 Rank IC 為 {number}；{bound} 已屬極優的預測者。',
  'caution.pbo-among-few':
    '測試期間過度配適的機率雖低（{pbo}；{sessions} 個交易日），但 {trials} 組模型設定僅相當於 {number} 組獨立的模型設定；少於 {bound} 組時，可供挑選者本來就少。',
  'caution.one-regime':
    '測試只見過一種市況：{sessions} 個有 Rank IC 的交易日中有 {number} 屬於{regime}（超過 {bound} 即偏於一方）。',
  'caution.few-observations':
    '測試期間 {sessions} 個有 Rank IC 的交易日，其標籤互相重疊（每個 {overlap} 個交易日）：約相當於 {number} 個獨立觀測。少於 {bound} 個時，優秀的預測者與毫無能力者難以分辨。',
  'caution.few-paired-observations':
    '與現行版本的比較只有其最後一個標籤之後的 {sessions} 個交易日：約 {number} 個互不重疊的持有期（每期 {hold} 個交易日）。少於 {bound} 個時，連誤差本身都不確定。',
  'caution.few-sessions-carry':
    '測試期間 {sessions} 個交易日中最好的 {best} 日帶來 {number} 的獲利；一般的報酬分布應為 {usual}（超過 {bound} 即異常）。',
  'caution.few-names-carry':
    '僅 {name} 一檔就帶來測試期間（{sessions} 個交易日）{names} 檔扣除成本前獲利的 {number}（超過 {bound} 即異常）。',
  'caution.wide-bounds': '計入的關卡中有 {number} 項的門檻不具約束力：{gates}。通過這些關卡說明不了什麼。',
  'caution.switched-off': '規格已關閉、因此未檢查的關卡：{gates}。',
  'caution.wide-shadow': '平行測試有 {number} 項門檻不具約束力：{bounds}。未超出這些門檻說明不了什麼。',
  'regime.bull': '上漲行情',
  'regime.bear': '下跌行情',
  'regime.high-volatility': '高波動行情',
  'gate.distance': '距門檻（標準誤）',
  'gate.order':
    '先列計入的檢查，再列僅供參考者。各自之中：未通過者在前；其次是有抽樣誤差者，依數值與門檻相距多少標準誤排列，最接近者在先；最後是沒有可量測誤差者（次數、占比、毫秒，以及對半分法太少的過度配適機率），依餘裕排列，餘裕不能與標準誤相比。',
  'replay.title': '這是重播。',
  'replay.what':
    '其市場並非現在：歷史重新播放，每 {seconds} 秒為一個交易日，候選版本訓練截至 {at}。交易日與市場日期皆屬過去；期限與人員的動作則依實際時間。',
  'approval.expires.replay': '期限（實際時間）',
  'approval.first-session': '現在簽核時首個據以交易的交易日（市場日期）',
  'short.left': '尚餘 {span}。',
  'time.left': '，尚餘 {span}',
  'time.moments': '不到 1 分鐘',
  'approval.window': '換版時段',
  'approval.names': '全部標的：新增、移除與保留',
  'approval.names.name': '標的',
  'approval.names.change': '變動',
  'approval.names.enters': '新增',
  'approval.names.leaves': '移除',
  'approval.names.stays': '保留',
  'approval.names.old': '此證據由較早的版次產生，只記錄保留的檔數，未列出名稱。',

  'benchmark.none': '空手',
  'benchmark.recipe': '現行模型設定',
  'approval.same-recipe':
    '更新沿用現行模型設定：就過去而言兩者完全相同。不同之處在於以較新資料重新訓練，由「不劣性」關卡與目前線上的現行版本比較。',
  'figure.says': '。',
  'figure.none': '未記錄圖表。',
  'foot.zone': '時間為台北時間；模型的時間為其市場當地時間',

  'gate.asks.leak': '是否有特徵值來自未來？',
  'gate.asks.coverage': '成分股是否幾乎每列都有行情？',
  'gate.asks.schema': '資料列是否符合其清單所載？',
  'gate.asks.parity': '上線評分是否與訓練時逐位元相同？',
  'gate.asks.latency': '整個標的池能否及時評分？',
  'gate.asks.resources': '伺服器能否同時容納此模型與另外兩個模型？',
  'gate.asks.final-fit': '最終模型的排序是否與受評的各折一致？',
  'gate.asks.rank-ic': '預測是否真能排出之後的報酬？',
  'gate.asks.spa': '所有模型設定中最佳者的優勢，是否超出挑選的運氣？',
  'gate.asks.stepm': '擬採用的模型設定本身是否也在其中？',
  'gate.asks.dsr': '計入所有試過的模型設定後，夏普比率是否仍成立？',
  'gate.asks.pbo': '在半數交易日勝出者，於另一半落後的頻率有多高？',
  'gate.asks.sharpe-improvement': '是否比現行模型設定好到值得採取行動？',
  'gate.asks.non-inferiority': '更新後是否不劣於目前線上的現行版本？',
  'gate.asks.drawdown': '最大回撤是否與現行版本相近？',
  'gate.asks.turnover': '交易量是否不超過持有期所需？',
  'gate.asks.cost-cover': '毛報酬是成本的幾倍？',
  'gate.asks.position-concentration': '是否沒有單一標的主導投資組合？',
  'gate.asks.sector-concentration': '是否沒有單一產業主導投資組合？',
  'gate.asks.feasibility': '不論大小，這些交易當時能否成交：未暫停交易、未達漲跌停、未禁止放空？',
  'gate.asks.recovery': '自現行版本衰退以來的交易日，此模型設定是否有效？',
  'gate.asks.capacity': '以所述規模計，單筆交易的大小相對於各標的單日成交值是否夠小？',
};
